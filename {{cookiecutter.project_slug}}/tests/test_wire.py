"""What only a real server shows: bytes that are no request, and a start that is refused."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from flask.testing import FlaskClient

from service.config import ROOT
from tests.servers import ending_with_us, free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Gunicorn does not run on Windows."),
]
COMMAND = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--workers", "1"]
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
# In whose name is asked, where that makes a difference, comes with each test.
WRITER = b"somebody"
POST = (
    b"POST /api/v1/questions HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nAuthorization: " + WRITER + b"\r\n"
)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
QUESTION = b'{"title": "Why?", "body": "So."}'
LARGE = 300_000
ANSWERED = {
    "a request": (GET + b"\r\n", 200),
    "a body in chunks": (POST + CHUNKED + b"20\r\n" + QUESTION + b"\r\n0\r\n\r\n", 201),
    "too much in chunks": (POST + CHUNKED + b"%x\r\n" % LARGE + b" " * LARGE, 413),
    "too much": (POST + b"Content-Length: %d\r\n\r\n" % LARGE + b" " * LARGE, 413),
    "length and chunks": (POST + b"Content-Length: 2\r\n" + CHUNKED + b"0\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
    "an unknown coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "a space before a colon": (POST + b"Content-Length : 2\r\n\r\n{}", 400),
    "a folded header": (GET + b"X: a\r\n b\r\n\r\n", 400),
    "NUL in a header": (GET + b"X: a\0b\r\n\r\n", 400),
    "two hosts": (GET + b"Host: other\r\n\r\n", 400),
    "200 headers": (GET + b"X: y\r\n" * 200 + b"\r\n", 431),
    "a header of 9 KB": (GET + b"X: " + b"y" * 9_000 + b"\r\n\r\n", 431),
    "an address of 5 KB": (b"GET /" + b"y" * 5_000 + b" HTTP/1.1\r\n\r\n", 414),
}
Start = Callable[[dict[str, str]], "subprocess.Popen[str]"]


@pytest.fixture
def port() -> int:
    """Find a port on which nobody listens."""
    return free_port()


@pytest.fixture
def start(port: int, settings: dict[str, str]) -> Iterator[Start]:
    """Start Gunicorn with the settings of the tests and others, and end it at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(changes: dict[str, str]) -> "subprocess.Popen[str]":
        server = subprocess.Popen(  # noqa: S603  # Words of our own, and no shell.
            ending_with_us([*COMMAND, "--bind", f"127.0.0.1:{port}", "service:create_app()"]),
            cwd=ROOT,
            env={**os.environ, **settings, **changes},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(server)
        return server

    yield start
    for server in started:
        server.send_signal(signal.SIGQUIT)
        server.communicate(timeout=60)


def is_open(port: int) -> bool:
    """Return whether somebody listens."""
    with closing(socket.socket()) as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def status(port: int, request: bytes) -> int:
    """Send bytes, and return the status of the answer; 0 where the server hangs up without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(request)
        line = client.makefile("rb").readline()
    return int(line.split()[1]) if line else 0


def test_each_request_is_answered_as_it_must(port: int, start: Start, writer: FlaskClient) -> None:
    """R6.03, H13, H22, H23."""
    name = writer.environ_base.get("HTTP_AUTHORIZATION", "").encode()
    server = start({})
    while not is_open(port):
        assert server.poll() is None
        time.sleep(0.05)

    statuses = {
        case: status(port, request.replace(WRITER, name)) for case, (request, _) in ANSWERED.items()
    }

    assert statuses == {case: expected for case, (_, expected) in ANSWERED.items()}


def test_what_is_unsafe_is_refused_before_anybody_is_served(port: int, start: Start) -> None:
    """R2.01, Z38."""
    unsafe = {
        "APP_ENV": "production",
        "SECRET_KEY": "hunter2",
        "TRUSTED_HOSTS": ",",
        "FLASK_DEBUG": "1",
    }

    server = start(unsafe)

    told = server.communicate(timeout=60)[1]
    assert server.returncode != 0
    assert not is_open(port)
    assert [
        name for name in ("SECRET_KEY", "TRUSTED_HOSTS", "FLASK_DEBUG") if name not in told
    ] == []
    assert "hunter2" not in told
