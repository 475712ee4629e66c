"""Logging."""

import json
import logging
import re
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from typing import Any, NoReturn

import pytest
import structlog
from flask import Flask, request
from flask.testing import FlaskClient

from service.operations import logs
from tests.conftest import Log

CREDENTIAL = "a.long.secret"


def fail() -> NoReturn:
    """Raise an exception whose message has two lines."""
    raise ValueError("first line\nsecond line")


def parse_header() -> str:
    """Raise an exception whose message repeats what the client sent."""
    return str(int(request.headers.get("X-Number", str(request.headers))))


@pytest.fixture(scope="module")
def failing_app(make_app: Callable[..., Flask]) -> Flask:
    """Return an application with views that fail."""
    app = make_app()
    for path, view in {"/fail": fail, "/parse": parse_header}.items():
        app.add_url_rule(path, view_func=view)
    return app


@pytest.fixture
def log_format() -> str:
    """Return the log format: JSON, unless a test sets another with `parametrize`."""
    return "json"


@pytest.fixture
def output(log_format: str) -> StringIO:
    """Return a stream that captures the log."""
    stream = StringIO()
    with redirect_stderr(stream):
        logs.configure(log_format, "INFO")
    return stream


@pytest.fixture
def visitor(failing_app: Flask) -> FlaskClient:
    """Return a client of the application with views that fail."""
    return failing_app.test_client()


def test_request_is_one_line_of_json(visitor: FlaskClient, output: StringIO) -> None:
    visitor.get("/nowhere", headers={"X-Request-ID": "abc-1"})

    [line] = output.getvalue().splitlines()
    event = json.loads(line)
    assert event.pop("milliseconds") >= 0
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "path": "/nowhere",
        "request_id": "abc-1",
        "status": 404,
    }


def test_json_is_readable_in_every_language(visitor: FlaskClient, output: StringIO) -> None:
    visitor.get("/질문/😀")

    assert '"path": "/질문/😀"' in output.getvalue()


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/%0d%0aFAKE=1", id="line break"),
        pytest.param("/%1b[31mFAKE", id="terminal escape"),
        pytest.param('/","status":200,"FAKE":"', id="JSON"),
        pytest.param("/%00%ff%fe", id="invalid UTF-8"),
        pytest.param("/%C2%9B31mFAKE%C2%85FAKE", id="C1 control characters"),
        pytest.param("/%E2%80%A8FAKE%E2%80%AE", id="line separator and right-to-left override"),
        pytest.param("/%E2%80%8BFAKE%F3%A0%80%81", id="invisible characters"),
    ],
)
def test_path_cannot_forge_a_line(visitor: FlaskClient, output: StringIO, path: str) -> None:
    visitor.get(path)

    log = output.getvalue()
    assert len(log.splitlines()) == 1
    assert log.rstrip("\n").isprintable()


@pytest.mark.parametrize("path", ['/","FAKE":"', "/\x1b[31m\u2028\U000e0001"])
def test_path_is_unchanged_after_parsing_the_json(
    visitor: FlaskClient, output: StringIO, path: str
) -> None:
    visitor.get(path)

    assert json.loads(output.getvalue())["path"] == path


def test_event_after_a_request_does_not_have_its_id(visitor: FlaskClient, output: StringIO) -> None:
    visitor.get("/healthz")
    structlog.get_logger().info("something_else")

    assert "request_id" not in json.loads(output.getvalue())


def test_unhandled_exception_is_one_line_with_its_traceback(
    visitor: FlaskClient, output: StringIO
) -> None:
    visitor.get("/fail", headers={"X-Request-ID": "abc-1"})

    events = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["unhandled_exception", "request"]
    assert {event["request_id"] for event in events} == {"abc-1"}
    assert "ValueError: first line\nsecond line" in events[0]["exception"]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_record_of_a_library_is_one_line(output: StringIO) -> None:
    logging.getLogger("a.library").warning("cannot read %s", "\r\nFAKE \x1b[31m \u2028 \u202e")

    log = output.getvalue()
    assert len(log.splitlines()) == 1
    assert log.rstrip("\n").isprintable()


@pytest.mark.parametrize("log_format", ["text"])
def test_traceback_cannot_forge_a_line(visitor: FlaskClient, output: StringIO) -> None:
    visitor.get("/parse", headers={"X-Number": "\u009b31m"})

    log = output.getvalue()
    [trace] = re.findall(r"unhandled_exception.*?\n(.*)\n[^\n]*request ", log, re.DOTALL)
    assert "\x9b" not in log
    assert {line[:2] for line in trace.splitlines()} == {"  "}


@pytest.mark.parametrize("log_format", ["text"])
def test_traceback_is_readable_as_text(visitor: FlaskClient, output: StringIO) -> None:
    visitor.get("/fail")

    assert "  ValueError: first line\n  second line\n" in output.getvalue()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": f"Bearer {CREDENTIAL}"}, id="token"),
        pytest.param({"Cookie": f"session={CREDENTIAL}"}, id="cookie"),
    ],
)
def test_credential_in_an_error_message_is_masked(
    visitor: FlaskClient, output: StringIO, headers: dict[str, str]
) -> None:
    response = visitor.get("/parse", headers=headers)

    log = output.getvalue()
    assert response.status_code == 500
    assert "invalid literal for int()" in log
    assert CREDENTIAL not in log + response.text


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        pytest.param({"title": "x", "body": "hunter2"}, 422, ["title"], id="too short"),
        pytest.param({"title": "hunter2"}, 422, ["body"], id="missing"),
        pytest.param({"hunter2": 1}, 422, ["body", "title", "unknown"], id="unknown"),
        pytest.param(["hunter2"], 422, ["_schema"], id="a list"),
        pytest.param(None, 400, [], id="not JSON"),
    ],
)
def test_invalid_input_is_logged_without_its_values(
    writer: FlaskClient, log: Log, body: object, status: int, fields: list[str]
) -> None:
    if body is None:
        sent: dict[str, Any] = {"data": "hunter2", "content_type": "application/json"}
    else:
        sent = {"json": body}

    response = writer.post("/api/v1/questions", **sent)

    [event, request_event] = log()
    assert response.status_code == status
    assert (
        event.items()
        >= {
            "event": "input_validation_fail",
            "level": "warning",
            "path": "/api/v1/questions",
            "fields": fields,
        }.items()
    )
    assert "hunter2" not in str([event, request_event])


def test_query_string_is_not_logged(visitor: FlaskClient, output: StringIO) -> None:
    visitor.get("/?q=my-illness")

    log = output.getvalue()
    assert '"request"' in log
    assert "my-illness" not in log


@pytest.mark.usefixtures("outage")
def test_outage_is_logged_without_the_error_message(client: FlaskClient, log: Log) -> None:
    client.get("/readyz")

    [event] = [event for event in log() if event["event"] == "database_unavailable"]
    assert event["level"] == "error"
    assert "10.0.0.7" not in str(event)


@pytest.mark.parametrize(("level", "lines"), [("INFO", 0), ("DEBUG", 1)])
def test_health_check_is_logged_at_the_debug_level(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str], level: str, lines: int
) -> None:
    app = make_app(LOG_FORMAT="json", LOG_LEVEL=level)

    app.test_client().get("/healthz")

    assert capsys.readouterr().err.count('"request"') == lines


@pytest.mark.parametrize("sent", ["a", "0f8fad5b-d9cb-469f-a165-70867728950e", "x" * 64, "A.b_c-1"])
@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/fail"])
def test_safe_request_id_is_returned(visitor: FlaskClient, sent: str, path: str) -> None:
    response = visitor.get(path, headers={"X-Request-ID": sent})

    assert response.headers["X-Request-ID"] == sent


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 65, id="too long"),
        pytest.param("x" * 10_240, id="ten kilobytes"),
        pytest.param('a"b', id="quote"),
        pytest.param("a b", id="space"),
        pytest.param("<b>", id="markup"),
        pytest.param("ä", id="not ASCII"),
    ],
)
def test_unsafe_request_id_is_replaced(app: Flask, sent: str) -> None:
    response = app.test_client().get("/healthz", headers={"X-Request-ID": sent})

    assert len(response.headers["X-Request-ID"]) == 32


def test_request_id_with_a_line_break_is_replaced(app: Flask) -> None:
    environ = {"HTTP_X_REQUEST_ID": "a\r\nSet-Cookie: x=1"}

    response = app.test_client().get("/healthz", environ_overrides=environ)

    assert len(response.headers["X-Request-ID"]) == 32


def test_request_for_an_untrusted_host_is_logged(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    client = make_app(TRUSTED_HOSTS="example.com", LOG_FORMAT="json").test_client()

    response = client.get("/", base_url="http://example.org")

    assert response.status_code == 400
    assert response.headers["X-Request-ID"] in capsys.readouterr().err
