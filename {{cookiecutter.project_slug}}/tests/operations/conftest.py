"""A local HTTP server that replaces an OpenTelemetry collector or Sentry."""

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from service.operations import logs


class Collector(ThreadingHTTPServer):
    """A server that stores the body of each request."""

    def __init__(self) -> None:
        """Listen on a free port."""
        super().__init__(("127.0.0.1", 0), CollectorHandler)
        self.received: list[bytes] = []

    @property
    def netloc(self) -> str:
        """The host and the port."""
        return f"127.0.0.1:{self.server_address[1]}"

    def text(self) -> str:
        """Return all received bodies as text."""
        return b"\n".join(self.received).decode(errors="replace")


class CollectorHandler(BaseHTTPRequestHandler):
    """A handler that stores the request body, and responds with 200."""

    server: Collector

    def do_POST(self) -> None:  # The name that the base class calls.
        """Store the body, decompressed."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_compressed = self.headers.get("Content-Encoding") == "gzip"
        self.server.received.append(gzip.decompress(body) if is_compressed else body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@pytest.fixture(autouse=True)
def _isolate_log() -> Iterator[None]:
    """Configure logging again after each test, because a test may redirect the log."""
    yield
    logs.configure("json", "INFO")


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Yield a running collector."""
    with Collector() as server:
        # The default poll interval would delay the end of each test by half a second.
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
