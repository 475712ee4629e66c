"""The log."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any, NoReturn

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from service.core import logs
from tests.conftest import Log

SECRET = "a.long.secret"  # noqa: S105  # Nobody's.


def fail() -> NoReturn:
    """Raise what nobody foresaw, in more than one line."""
    raise ValueError("first line\nsecond line")


def read() -> str:
    """Fail over what the client sent, and repeat it."""
    return str(int(request.headers.get("X-Number", str(request.headers))))


def go_away() -> NoReturn:
    """Raise what a driver says, which may hold anything."""
    raise OperationalError("SELECT 1", {}, Exception(f"no connection with {SECRET}"))


@pytest.fixture(scope="module")
def failing(make_app: Callable[..., Flask]) -> Flask:
    """Make an application with addresses that fail."""
    app = make_app()
    for path, view in {"/fail": fail, "/read": read, "/away": go_away}.items():
        app.add_url_rule(path, view_func=view)
    return app


@pytest.fixture
def log_format() -> str:
    """Name the format of production."""
    return "json"


@pytest.fixture(autouse=True)
def _isolate_log() -> Iterator[None]:
    """Log to where the other tests do, when the captured one is gone."""
    yield
    logs.configure("json", "INFO")


@pytest.fixture
def written(log_format: str) -> StringIO:
    """Catch what is written to standard error."""
    errors = StringIO()
    with redirect_stderr(errors):
        logs.configure(log_format, "INFO")
    return errors


@pytest.fixture
def browser(failing: Flask) -> FlaskClient:
    """Make a client of an application with addresses that fail."""
    return failing.test_client()


def test_a_request_is_one_line_of_json(browser: FlaskClient, written: StringIO) -> None:
    """R7.09."""
    browser.get("/nowhere", headers={"X-Request-ID": "abc-1"})

    [line] = written.getvalue().splitlines()
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


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/%0d%0aFAKE=1", id="line break"),
        pytest.param("/%1b[31mFAKE", id="terminal escape"),
        pytest.param('/","status":200,"FAKE":"', id="JSON"),
        pytest.param("/%00%ff%fe", id="no UTF-8"),
        pytest.param(
            "/%C2%9B31mFAKE%C2%85FAKE", id="terminal escape and line break in one character"
        ),
        pytest.param("/%E2%80%A8FAKE%E2%80%AE", id="line separator, and text turned around"),
    ],
)
def test_an_address_makes_no_line_of_its_own(
    browser: FlaskClient, written: StringIO, path: str
) -> None:
    """H25."""
    browser.get(path)

    log = written.getvalue()
    assert len(log.splitlines()) == 1
    assert log.rstrip("\n").isprintable()


def test_what_is_logged_after_a_request_is_none_of_it(
    browser: FlaskClient, written: StringIO
) -> None:
    browser.get("/healthz")
    logs.log.info("tidied")

    assert "request_id" not in json.loads(written.getvalue())


def test_an_address_of_json_stays_a_text(browser: FlaskClient, written: StringIO) -> None:
    """H25."""
    browser.get('/","FAKE":"')

    assert json.loads(written.getvalue())["path"] == '/","FAKE":"'


def test_an_unforeseen_error_is_one_line_with_its_trace(
    browser: FlaskClient, written: StringIO
) -> None:
    """R7.09."""
    browser.get("/fail", headers={"X-Request-ID": "abc-1"})

    events = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["unforeseen_error", "request"]
    assert {event["request_id"] for event in events} == {"abc-1"}
    assert "ValueError: first line\nsecond line" in events[0]["exception"]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_what_a_library_logs_is_one_line_too(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    """H25."""
    logs.configure(log_format, "INFO")

    logging.getLogger("a.library").warning("cannot read %s", "\r\nFAKE \x1b[31m \u2028 \u202e")

    log = capsys.readouterr().err
    assert len(log.splitlines()) == 1
    assert log.rstrip("\n").isprintable()


def test_the_address_of_the_development_server_can_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("text", "INFO")

    logging.getLogger("werkzeug").info("\x1b[31mA server\x1b[0m\n * Running on %s", "http://a")

    assert "A server * Running on http://a" in capsys.readouterr().err


@pytest.mark.parametrize("log_format", ["text"])
def test_no_line_of_a_traceback_passes_for_an_event(
    browser: FlaskClient, written: StringIO
) -> None:
    """H25."""
    browser.get("/read", headers={"X-Number": "\u009b31m"})

    log = written.getvalue()
    [trace] = re.findall(r"unforeseen_error.*?\n(.*)\n[^\n]*request ", log, re.DOTALL)
    assert "\x9b" not in log
    assert {line[:2] for line in trace.splitlines()} == {"  "}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": f"Bearer {SECRET}"}, id="a token"),
        pytest.param({"Cookie": f"session={SECRET}"}, id="a cookie"),
    ],
)
def test_a_secret_that_an_error_repeats_is_masked(
    browser: FlaskClient, written: StringIO, headers: dict[str, str]
) -> None:
    """R7.09, B22."""
    response = browser.get("/read", headers=headers)

    log = written.getvalue()
    assert response.status_code == 500
    assert "invalid literal for int()" in log
    assert SECRET not in log + response.text


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        pytest.param({"title": "x", "body": "hunter2"}, 422, ["title"], id="too short"),
        pytest.param({"title": "hunter2"}, 422, ["body"], id="missing"),
        pytest.param({"hunter2": 1}, 422, ["body", "title", "unknown"], id="made up"),
        pytest.param(["hunter2"], 422, ["_schema"], id="a list"),
        pytest.param(None, 400, [], id="no JSON"),
    ],
)
def test_wrong_input_is_logged_without_its_values(
    writer: FlaskClient, log: Log, body: object, status: int, fields: list[str]
) -> None:
    """R7.09."""
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


@pytest.mark.parametrize("log_format", ["text"])
def test_an_unforeseen_error_is_shown_to_people(browser: FlaskClient, written: StringIO) -> None:
    browser.get("/fail")

    assert "ValueError: first line" in written.getvalue()


def test_what_people_search_for_is_not_logged(browser: FlaskClient, written: StringIO) -> None:
    """R7.09."""
    browser.get("/?q=my-illness")

    log = written.getvalue()
    assert '"request"' in log
    assert "my-illness" not in log


def test_an_outage_is_logged_without_the_address_of_the_database(
    browser: FlaskClient, written: StringIO
) -> None:
    """R7.09."""
    browser.get("/away")

    log = written.getvalue()
    assert "database_unavailable" in log
    assert SECRET not in log


@pytest.mark.parametrize(("level", "lines"), [("INFO", 0), ("DEBUG", 1)])
def test_a_probe_is_logged_for_debugging_only(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str], level: str, lines: int
) -> None:
    """R7.04."""
    app = make_app(LOG_FORMAT="json", LOG_LEVEL=level)

    app.test_client().get("/healthz")

    assert capsys.readouterr().err.count('"request"') == lines


@pytest.mark.parametrize("said", ["a", "0f8fad5b-d9cb-469f-a165-70867728950e", "x" * 64, "A.b_c-1"])
def test_a_safe_request_id_is_given_back(app: Flask, said: str) -> None:
    """R7.09."""
    response = app.test_client().get("/healthz", headers={"X-Request-ID": said})

    assert response.headers["X-Request-ID"] == said


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 65, id="too long"),
        pytest.param("x" * 10_240, id="ten kilobytes"),
        pytest.param('a"b', id="quote"),
        pytest.param("a b", id="space"),
        pytest.param("<b>", id="markup"),
        pytest.param("ä", id="letter of another alphabet"),
    ],
)
def test_any_other_request_id_is_replaced(app: Flask, said: str) -> None:
    """H26."""
    response = app.test_client().get("/healthz", headers={"X-Request-ID": said})

    assert len(response.headers["X-Request-ID"]) == 32


def test_a_line_break_in_a_request_id_is_replaced(app: Flask) -> None:
    """H26."""
    environ = {"HTTP_X_REQUEST_ID": "a\r\nSet-Cookie: x=1"}

    response = app.test_client().get("/healthz", environ_overrides=environ)

    assert len(response.headers["X-Request-ID"]) == 32
