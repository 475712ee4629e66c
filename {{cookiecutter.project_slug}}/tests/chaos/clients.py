"""Clients that read and write during a fault, and check the responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from threading import Event, Thread
from typing import Any

from tests.accounts.live_server import register_and_log_in  # [template] if auth
from tests.servers import Reply, Server, wait_until

QUESTIONS_URL = "/api/v1/questions"
MAX_RESPONSE_SECONDS = 10


class Client:
    """An API client that records each response, and the URL of each post that it created."""

    def __init__(self, server: Server, headers: dict[str, str] | None = None) -> None:
        """Set the server, and the headers of all requests; by default, those of a new client."""
        self.server = server
        self.headers = headers_of_new_client(server) if headers is None else headers
        self.replies: list[Reply] = []
        self.created: list[str] = []

    def for_server(self, server: Server) -> "Client":
        """Return a client of another server, with the same headers."""
        return Client(server, self.headers)

    def read(self, path: str = QUESTIONS_URL) -> int:
        """Send a GET request, and return the status."""
        return self._send("GET", path).status

    def ask(self) -> int:
        """Ask a question, and return the status."""
        return self._send("POST", QUESTIONS_URL, {"title": token_hex(8), "body": "?"}).status

    def answer(self, question: str, key: str = "") -> int:
        """Answer the question at this URL, and return the status."""
        headers = {"Idempotency-Key": key or token_hex(8)}
        return self._send("POST", f"{question}/answers", {"body": "So."}, headers).status

    def _send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        reply = self.server.send(method, path, body, {**self.headers, **(headers or {})})
        self.replies.append(reply)
        if reply.status == 201:
            self.created.append(reply.headers["Location"])
        return reply

    def statuses(self) -> set[int]:
        """Return the statuses of all responses."""
        return {reply.status for reply in self.replies}

    def failures(self, allowed_disconnects: int = 0) -> list[str]:
        """Describe each response that is not acceptable, and each created post that was lost.

        `allowed_disconnects` requests may end without a response.
        """
        disconnects = [reply for reply in self.replies if reply.status == 0]
        unacceptable = [
            reply for reply in self.replies if reply.status and not is_acceptable(reply)
        ]
        return [
            *(
                f"{reply.status} after {reply.seconds} s"
                for reply in disconnects[allowed_disconnects:] + unacceptable
            ),
            *(f"lost: {post}" for post in self.created if self.server.get(post)[0] != 200),
        ]


def is_acceptable(reply: Reply) -> bool:
    """Return whether the response was fast enough, and either no 5xx or 503 with `Retry-After`."""
    is_retryable = reply.status == 503 and reply.headers.get("Retry-After", "").isdecimal()
    return (reply.status < 500 or is_retryable) and reply.seconds < MAX_RESPONSE_SECONDS


def headers_of_new_client(server: Server) -> dict[str, str]:
    """Return the headers with which a new client may ask questions."""
    return register_and_log_in(server)  # [template] if auth
    del server  # [template] if not auth
    return {}  # [template] if not auth


@contextmanager
def concurrent_writes(client: Client, threads: int = 4) -> Iterator[None]:
    """Ask questions from several threads during the block, and for a moment before and after."""
    is_over = Event()

    def ask_repeatedly() -> None:
        while not is_over.wait(0.02):
            client.ask()

    writers = [Thread(target=ask_repeatedly) for _ in range(threads)]
    for writer in writers:
        writer.start()
    try:
        wait_for_posts(client)
        yield
        wait_for_posts(client)
    finally:
        is_over.set()
        for writer in writers:
            writer.join()


def wait_for_posts(client: Client, number: int = 10) -> None:
    """Wait until the client has created this number of additional posts."""
    target = len(client.created) + number
    wait_until(lambda: len(client.created) >= target)
