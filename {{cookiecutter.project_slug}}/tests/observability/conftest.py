"""A collector, to which the service sends what it tells of itself."""

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest


class Collector(ThreadingHTTPServer):
    """A server that keeps what it is sent."""

    def __init__(self) -> None:
        """Listen on a port that is free."""
        super().__init__(("127.0.0.1", 0), Collecting)
        self.received: list[bytes] = []

    @property
    def address(self) -> str:
        """Return the host and the port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def text(self) -> str:
        """Return all that has come."""
        return b"\n".join(self.received).decode(errors="replace")


class Collecting(BaseHTTPRequestHandler):
    """Keeps a request, and answers that all is well."""

    server: Collector

    def do_POST(self) -> None:  # The name that the library looks for.
        """Keep the body, unpacked."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.received.append(gzip.decompress(body) if is_packed else body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Run a collector."""
    with Collector() as server:
        # By itself it would look twice a second whether it is to end.
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
