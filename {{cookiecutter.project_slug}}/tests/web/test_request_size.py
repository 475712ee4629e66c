"""Reading the request body: the server waits for clients without a database connection."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from threading import Event, Thread
from typing import Any, BinaryIO, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from service.extensions import db
from tests.conftest import MakeWriter

TIMEOUT_SECONDS = 60
WRITE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}
QUESTION = {"title": "How do I begin?", "body": "I have installed everything."}


@dataclass
class ObservedBody:
    """A `wsgi.input` that calls a function whenever the application reads it."""

    body: BinaryIO
    on_read: Callable[[], object]

    def read(self, size: int = -1) -> bytes:
        """Call the function and read."""
        self.on_read()
        return self.body.read(size)


def test_no_route_uses_a_connection_while_it_waits_for_the_body(
    app: Flask, make_writer: MakeWriter
) -> None:
    with app.app_context():
        pool: Any = db.engine.pool
    in_use: dict[str, int] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub("<.+?>", "1", rule.rule)
        for method in WRITE_METHODS & (rule.methods or set()):
            route = f"{method} {path}"
            body = ObservedBody(BytesIO(b"{}"), lambda: in_use.update({route: pool.checkedout()}))  # noqa: B023  # Called in this iteration.
            make_writer(app).open(
                path,
                method=method,
                content_type="application/json",
                environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": "2"},
            )

    assert len(in_use) >= 2
    assert [route for route, count in in_use.items() if count] == []


@pytest.fixture
def reading() -> Event:
    """Return an event that is set when the server begins to wait for a body."""
    return Event()


@pytest.fixture
def port(app: Flask, reading: Event) -> Iterator[int]:
    """Yield the port of a server in this process, which sets the event `reading`."""

    def observed_app(environ: dict[str, Any], start_response: Any) -> Any:
        environ["wsgi.input"] = ObservedBody(environ["wsgi.input"], reading.set)
        return app.wsgi_app(environ, start_response)

    server = make_server("127.0.0.1", 0, observed_app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_client_that_sends_half_a_body_does_not_stop_another_writer(
    writer: FlaskClient, port: int, reading: Event
) -> None:
    body = json.dumps(QUESTION).encode()
    head = (
        f"POST /api/v1/questions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: {writer.environ_base.get('HTTP_AUTHORIZATION', '')}\r\n"
        "Content-Type: application/json\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as slow_client:
        slow_client.sendall(head.encode() + body[:10])
        assert reading.wait(TIMEOUT_SECONDS)

        other = writer.post("/api/v1/questions", json=QUESTION)

        slow_client.sendall(body[10:])
        status_line = slow_client.makefile("rb").readline()
    assert (other.status_code, status_line.split()[1]) == (201, b"201")


def test_truncated_body_is_rejected(writer: FlaskClient) -> None:
    body = json.dumps(QUESTION).encode()

    # A server that terminates the input, such as gunicorn, returns a truncated body without error.
    response = writer.post(
        "/api/v1/questions",
        content_type="application/json",
        environ_overrides={
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(body) + 1),
        },
    )

    assert (response.status_code, writer.get("/api/v1/questions").get_json()["items"]) == (400, [])


class ChunkError(Exception):
    """An error of a server, which is not a subclass of an error that Werkzeug knows."""


@pytest.mark.parametrize("error", [ChunkError, OSError, ValueError, RuntimeError, EOFError])
def test_error_of_the_server_while_the_body_is_read_is_a_400(
    app: Flask, make_writer: MakeWriter, error: type[Exception]
) -> None:
    def fail() -> NoReturn:
        raise error

    writer = make_writer(app)
    for rule in app.url_map.iter_rules():
        path = re.sub("<.+?>", "1", rule.rule)
        for method in WRITE_METHODS & (rule.methods or set()):
            response = writer.open(
                path,
                method=method,
                content_type="application/x-www-form-urlencoded",
                environ_overrides={
                    "wsgi.input": ObservedBody(BytesIO(), fail),
                    "wsgi.input_terminated": True,
                    "HTTP_TRANSFER_ENCODING": "chunked",
                },
            )
            assert response.status_code == 400, path
