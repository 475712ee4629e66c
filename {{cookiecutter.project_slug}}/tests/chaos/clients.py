"""Who asks and reads while something goes wrong, and what they have to complain of."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from threading import Event, Thread
from typing import Any

from tests.accounts.over_http import permission_of_new_member  # [template] if auth
from tests.servers import Reply, Server, wait_until

QUESTIONS = "/api/v1/questions"
MOST_SECONDS = 10


class Client:
    """A program that asks and reads. It notes each reply, and what was acknowledged."""

    def __init__(self, server: Server, permission: dict[str, str] | None = None) -> None:
        """Take the server, and what allows to ask there."""
        self.server = server
        self.permission = new_permission(server) if permission is None else permission
        self.replies: list[Reply] = []
        self.kept: list[str] = []

    def at(self, server: Server) -> "Client":
        """Return the same client, who goes to another server."""
        return Client(server, self.permission)

    def read(self, path: str = QUESTIONS) -> int:
        """Read a page; return its status."""
        return self._send("GET", path).status

    def ask(self) -> int:
        """Ask a question; return the status."""
        return self._send("POST", QUESTIONS, {"title": token_hex(8), "body": "?"}).status

    def answer(self, question: str, key: str = "") -> int:
        """Answer the question of this address; return the status."""
        headers = {"Idempotency-Key": key or token_hex(8)}
        return self._send("POST", f"{question}/answers", {"body": "So."}, headers).status

    def _send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        reply = self.server.send(method, path, body, {**self.permission, **(headers or {})})
        self.replies.append(reply)
        if reply.status == 201:
            self.kept.append(reply.headers["Location"])
        return reply

    def statuses(self) -> set[int]:
        """Return each status that was seen."""
        return {reply.status for reply in self.replies}

    def complaints(self, may_be_cut: int = 0) -> list[str]:
        """Return what no client should see, whatever goes wrong, and each post that was lost.

        So many connections may have been cut, where that cannot be helped.
        """
        cut = [reply for reply in self.replies if reply.status == 0]
        bad = [reply for reply in self.replies if reply.status and not is_good(reply)]
        return [
            *(f"{reply.status} after {reply.seconds} s" for reply in cut[may_be_cut:] + bad),
            *(f"lost: {post}" for post in self.kept if self.server.get(post)[0] != 200),
        ]


def is_good(reply: Reply) -> bool:
    """Return whether this came soon, and is an answer or says when to ask again."""
    is_answer = reply.status < 500
    is_patient = reply.status == 503 and reply.headers.get("Retry-After", "").isdecimal()
    return (is_answer or is_patient) and reply.seconds < MOST_SECONDS


def new_permission(server: Server) -> dict[str, str]:
    """Return the headers with which somebody may ask."""
    return permission_of_new_member(server)  # [template] if auth
    del server  # [template] if not auth
    return {}  # [template] if not auth


@contextmanager
def crowd(client: Client, size: int = 4) -> Iterator[None]:
    """Let so many ask at once, time and again, until the end of the block."""
    is_over = Event()

    def go_on() -> None:
        while not is_over.wait(0.02):
            client.ask()

    threads = [Thread(target=go_on) for _ in range(size)]
    for thread in threads:
        thread.start()
    try:
        wait_for_more(client)
        yield
        wait_for_more(client)
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def wait_for_more(client: Client, number: int = 10) -> None:
    """Wait until so many more posts are acknowledged."""
    enough = len(client.kept) + number
    wait_until(lambda: len(client.kept) >= enough)
