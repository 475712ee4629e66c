"""Tests that need a real server: malformed requests, and a start with unsafe settings."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.servers import TIMEOUT_SECONDS, Server, serve

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Gunicorn does not run on Windows."),
]
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
# The test replaces this with the `Authorization` header of its client, if there is one.
CREDENTIALS_PLACEHOLDER = b"credentials"
POST = (
    b"POST /api/v1/questions HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nAuthorization: " + CREDENTIALS_PLACEHOLDER + b"\r\n"
)
PAGE_POST = POST.replace(b"/api/v1/questions", b"/main/question").replace(
    b"json", b"x-www-form-urlencoded"
)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
QUESTION = b'{"title": "Why?", "body": "So."}'
MALFORMED_CHUNKS = [
    b"zz\r\n",
    b"0x2\r\n{}\r\n0\r\n\r\n",
    b"+2\r\n{}\r\n0\r\n\r\n",
    b"-2\r\n{}\r\n0\r\n\r\n",
    b" 2\r\n{}\r\n0\r\n\r\n",
    b"\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}xx0\r\n\r\n",
    b"2;a=\x01\r\n{}\r\n0\r\n\r\n",
    b"2\r\n{}\r\n0\r\nno colon\r\n\r\n",
    b"2\r\n{}\r\n0\r\nX: y\n\n",
    b"f" * 9_000,
]
LARGE = 600_000
REQUESTS = {
    "valid": (GET + b"\r\n", 200),
    "chunked body": (POST + CHUNKED + b"20\r\n" + QUESTION + b"\r\n0\r\n\r\n", 201),
    "large chunked body": (POST + CHUNKED + b"%x\r\n" % LARGE + b" " * LARGE, 413),
    "large body": (
        POST + b"Content-Length: %d\r\n\r\n" % LARGE + b" " * LARGE,
        413,
    ),
    "chunk extension": (
        POST + CHUNKED + b"20;name=value\r\n" + QUESTION + b"\r\n0\r\n\r\n",
        201,
    ),
    "trailer": (POST + CHUNKED + b"20\r\n" + QUESTION + b"\r\n0\r\nX: y\r\n\r\n", 201),
    **{
        f"malformed chunks {body!r}": (start + CHUNKED + body, 400)
        for start in (POST, PAGE_POST)
        for body in MALFORMED_CHUNKS
    },
    "length and chunks": (POST + b"Content-Length: 2\r\n" + CHUNKED + b"0\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", 400),
    "unknown transfer coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "space before a colon": (POST + b"Content-Length : 2\r\n\r\n{}", 400),
    "folded header": (GET + b"X: a\r\n b\r\n\r\n", 400),
    "NUL in a header": (GET + b"X: a\0b\r\n\r\n", 400),
    "two hosts": (GET + b"Host: other\r\n\r\n", 400),
    "200 headers": (GET + b"X: y\r\n" * 200 + b"\r\n", 431),
    "header of 9 KB": (GET + b"X: " + b"y" * 9_000 + b"\r\n\r\n", 431),
    "URL of 5 KB": (b"GET /" + b"y" * 5_000 + b" HTTP/1.1\r\n\r\n", 414),
}


@pytest.fixture
def server(settings: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """Yield a running gunicorn with the settings of the tests."""
    with serve(tmp_path, settings, "--workers=1") as server:
        yield server


def response_status(port: int, request: bytes) -> int:
    """Send a raw request. Return the status of the response, or 0 without a response."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as client:
        client.sendall(request)
        line = client.makefile("rb").readline()
    return int(line.split()[1]) if line else 0


def test_malformed_requests_are_rejected(server: Server, writer: FlaskClient) -> None:
    credentials = writer.environ_base.get("HTTP_AUTHORIZATION", "").encode()

    statuses = {
        case: response_status(server.port, request.replace(CREDENTIALS_PLACEHOLDER, credentials))
        for case, (request, _) in REQUESTS.items()
    }

    assert statuses == {case: expected for case, (_, expected) in REQUESTS.items()}


def test_unsafe_settings_prevent_the_start(settings: dict[str, str], tmp_path: Path) -> None:
    unsafe = {
        "APP_ENV": "production",
        "LOG_LEVEL": "hunter2",
        "TRUSTED_HOSTS": ",",
        "FLASK_DEBUG": "1",
    }

    with serve(tmp_path, {**settings, **unsafe}) as server:
        exit_status = server.process.wait(TIMEOUT_SECONDS)

    assert exit_status != 0
    assert server.port == 0
    assert [
        name for name in ("LOG_LEVEL", "TRUSTED_HOSTS", "FLASK_DEBUG") if name not in server.log()
    ] == []
    assert "hunter2" not in server.log()
