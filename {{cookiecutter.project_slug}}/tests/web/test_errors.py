"""The error handlers."""

from collections.abc import Callable
from typing import NoReturn

import pytest
from flask import Flask, abort, got_request_exception
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.web.errors import ADVICE, MAX_ERRORS
from tests.conftest import Log
from tests.page import Page

DRIVER_ERROR = Exception("no such thing in /var/lib/data")
EXCEPTIONS: dict[str, Exception] = {
    "pool": PoolTimeoutError("QueuePool limit of size 5"),
    "missing-table": ProgrammingError("SELECT a_secret", {}, DRIVER_ERROR),
    "data": DataError("SELECT a_secret", {}, DRIVER_ERROR),
    "key": KeyError("a_secret"),
    "recursion": RecursionError("a_secret"),
}
UNEXPECTED_KINDS = ["missing-table", "data", "key", "recursion"]
INTERNAL_DETAILS = [
    "a_secret",
    "SELECT",
    "/var/lib",
    "QueuePool",
    "Traceback",
    ".py",
    "sqlalche",
    "10.0",
]
PREFIXES = ["/fault", "/api/v1/fault"]


def fail(kind: str) -> NoReturn:
    """Raise the exception of this kind."""
    raise EXCEPTIONS[kind]


def add_failing_views(app: Flask) -> Flask:
    """Add a page and an endpoint of the API that fail; return the application."""
    app.add_url_rule("/fault/<kind>", "fault", fail)
    app.add_url_rule("/api/v1/fault/<kind>", "api_fault", fail)
    return app


@pytest.fixture(scope="module")
def failing_app(make_app: Callable[..., Flask]) -> Flask:
    """Return an application with views that fail."""
    return add_failing_views(make_app())


@pytest.fixture
def debug_app(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return an application in debug mode, with views that fail."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    return add_failing_views(make_app())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/v1/nowhere", 404, id="unknown URL"),
        pytest.param("GET", "/api/v1/questions/7777", 404, id="unknown question"),
        pytest.param("TRACE", "/api/v1/questions", 405, id="TRACE"),
        pytest.param("DELETE", "/api/v1/openapi.json", 405, id="method not allowed"),
        pytest.param("POST", "/api/v1/questions", 415, id="not JSON"),
        pytest.param("GET", "/api/v1/questions?limit=0", 422, id="invalid parameter"),
        pytest.param("POST", "/healthz", 405, id="health check"),
    ],
)
def test_errors_of_the_api_are_problem_details(
    writer: FlaskClient, method: str, path: str, status: int
) -> None:
    response = writer.open(path, method=method)

    document = response.get_json()
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail", "instance"} <= document.keys()
    assert document["status"] == status
    assert document["instance"] == f"urn:request:{response.headers['X-Request-ID']}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/nowhere", 404, id="unknown URL"),
        pytest.param("GET", "/static/..%2f..%2f.env", 404, id="path traversal"),
        pytest.param("GET", "/static/%00", 404, id="file name with NUL"),
        pytest.param("GET", "/.env", 404, id="settings"),
        pytest.param("GET", "/console", 404, id="debugger console"),
        pytest.param("GET", "/main/question/7777", 404, id="unknown question"),
        pytest.param("DELETE", "/", 405, id="method not allowed"),
        pytest.param("TRACE", "/", 405, id="TRACE"),
        pytest.param("FOO", "/static/site.css", 405, id="unknown method"),
        pytest.param("GET", "/?after=x", 422, id="invalid parameter"),
    ],
)
def test_errors_of_pages_are_pages_with_the_request_id(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    response = client.open(path, method=method)

    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert response.headers["X-Request-ID"] in response.text


def test_missing_page_has_a_conventional_message(client: FlaskClient) -> None:
    assert "Page not found." in client.get("/nowhere").text


def test_missing_resource_of_the_api_has_a_message_of_its_own(client: FlaskClient) -> None:
    assert client.get("/api/v1/questions/7777").get_json()["detail"] == "Resource not found."


@pytest.mark.parametrize("status", ADVICE)
def test_error_page_says_what_to_do(make_app: Callable[..., Flask], status: int) -> None:
    app = make_app()
    app.add_url_rule("/failure", "failure", lambda: abort(status))

    assert str(ADVICE[status]) in Page(app.test_client().get("/failure").text).text


def test_error_page_gives_no_advice_beside_a_message_of_its_own(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    app.add_url_rule("/failure", "failure", lambda: abort(400, "Submit it again."))

    assert str(ADVICE[400]) not in Page(app.test_client().get("/failure").text).text


def test_error_page_of_an_outage_links_to_the_same_address(failing_app: Flask) -> None:
    page = Page(failing_app.test_client().get("/fault/pool?q=a%26b").text)

    assert "?q=a%26b" in [link["href"] for link in page.all("a")]


def test_page_of_a_missing_address_has_a_search_form(client: FlaskClient) -> None:
    forms = Page(client.get("/nowhere").text).all("form")

    assert [form["action"] for form in forms] == ["/", "/"]


def test_json_errors_are_not_escaped_to_ascii(client: FlaskClient) -> None:
    response = client.get("/api/v1/nowhere", headers={"Accept-Language": "ko"})

    assert "\\u" not in response.text
    assert response.get_json()["detail"] in response.text


@pytest.mark.parametrize("path", ["/", "/api/v1/openapi.json", "/healthz"])
def test_response_to_an_unsupported_method_lists_the_allowed_methods(
    client: FlaskClient, path: str
) -> None:
    response = client.patch(path)

    assert sorted(response.allow) == ["GET", "HEAD", "OPTIONS"]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_exhausted_connection_pool_is_503_with_retry_after(
    failing_app: Flask, log: Log, prefix: str
) -> None:
    response = failing_app.test_client().get(f"{prefix}/pool")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert [event["event"] for event in log()] == ["database_unavailable", "request"]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("kind", UNEXPECTED_KINDS)
def test_unexpected_exception_is_500_with_a_traceback_in_the_log(
    failing_app: Flask, log: Log, prefix: str, kind: str
) -> None:
    response = failing_app.test_client().get(f"{prefix}/{kind}")

    [event] = [event for event in log() if event["event"] == "unhandled_exception"]
    assert response.status_code == 500
    assert event["exception"].startswith("Traceback")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("kind", EXCEPTIONS)
def test_response_reveals_nothing_about_the_cause(
    failing_app: Flask, prefix: str, kind: str
) -> None:
    text = failing_app.test_client().get(f"{prefix}/{kind}").text

    assert [word for word in INTERNAL_DETAILS if word in text] == []


@pytest.mark.parametrize("kind", UNEXPECTED_KINDS)
def test_unexpected_exception_reaches_the_debugger_in_debug_mode(
    debug_app: Flask, kind: str
) -> None:
    with pytest.raises(type(EXCEPTIONS[kind])):
        debug_app.test_client().get(f"/fault/{kind}")


def test_outage_is_503_in_debug_mode_too(debug_app: Flask) -> None:
    assert debug_app.test_client().get("/fault/pool").status_code == 503


def test_unexpected_exception_sends_the_signal_for_error_reports(failing_app: Flask) -> None:
    reported: list[object] = []

    def report(_app: Flask, exception: Exception) -> None:
        reported.append(exception)

    with got_request_exception.connected_to(report, failing_app):
        failing_app.test_client().get("/fault/key")

    assert reported == [EXCEPTIONS["key"]]


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize("path", ["/", "/api/v1/questions"])
def test_response_without_the_database_does_not_reveal_its_address(
    client: FlaskClient, log: Log, path: str
) -> None:
    response = client.get(path)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert [word for word in INTERNAL_DETAILS if word in response.text] == []
    assert [event["event"] for event in log()] == ["database_unavailable", "request"]


@pytest.mark.usefixtures("outage")
def test_health_check_succeeds_after_a_failed_request(client: FlaskClient) -> None:
    assert client.get("/").status_code == 503
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/?after=x"])
def test_error_pages_need_no_database(
    client: FlaskClient, statements: list[str], path: str
) -> None:
    client.get(path)

    assert statements == []


def test_url_on_an_error_page_is_escaped(client: FlaskClient) -> None:
    response = client.get("/<script>alert(1)</script>?q=<script>alert(2)</script>")

    assert "<script>alert" not in response.text


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/site.css", "/api/v1/questions"])
@pytest.mark.parametrize("host", ["a" * 64, "a" * 5_000, "a..b"])
def test_malformed_host_is_rejected(client: FlaskClient, path: str, host: str) -> None:
    response = client.get(path, headers={"Host": host})

    assert (response.status_code, response.mimetype) == (400, "application/problem+json")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/site.css", "/api/v1/questions"])
def test_untrusted_host_is_rejected_and_not_repeated(production_app: Flask, path: str) -> None:
    response = production_app.test_client().get(path, base_url="http://evil.invalid")

    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert "evil.invalid" not in response.text


def test_trusted_host_is_served(production_app: Flask) -> None:
    client = production_app.test_client()

    assert client.get("/nowhere", base_url="http://example.com").status_code == 404


def test_request_body_that_is_too_large_is_rejected(writer: FlaskClient) -> None:
    response = writer.post("/api/v1/questions", json={"title": "Long?", "body": "x" * 600_000})

    assert (response.status_code, response.mimetype) == (413, "application/problem+json")


def test_request_from_another_origin_gets_no_cors_headers(client: FlaskClient) -> None:
    response = client.options("/api/v1/questions", headers={"Origin": "https://evil.invalid"})

    assert [name for name, _ in response.headers if name.startswith("Access-Control")] == []


def test_description_passed_to_abort_is_shown(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    app.add_url_rule("/api/v1/gone", "gone", lambda: abort(410, "This tag was renamed."))

    assert app.test_client().get("/api/v1/gone").get_json()["detail"] == "This tag was renamed."


def test_field_name_that_utf_8_cannot_encode_is_escaped(writer: FlaskClient) -> None:
    body = rb'{"\ud800": 1}'

    response = writer.post("/api/v1/questions", data=body, content_type="application/json")

    pointers = {error["pointer"] for error in response.get_json()["errors"]}
    assert (response.status_code, "/\ud800" in pointers) == (422, True)


def test_log_names_invalid_fields_and_hides_names_of_unknown_ones(
    writer: FlaskClient, log: Log
) -> None:
    writer.post("/api/v1/questions", json={"title": "", "invented": 1})

    [event] = [event for event in log() if event["event"] == "input_validation_fail"]
    assert event["fields"] == ["body", "title", "unknown"]


def test_number_of_errors_is_limited(writer: FlaskClient, log: Log) -> None:
    fields = {f"{number:x}": 0 for number in range(20_000)}

    response = writer.post("/api/v1/questions", json=fields)

    [event] = [event for event in log() if event["event"] == "input_validation_fail"]
    errors = response.get_json()["errors"]
    assert (response.status_code, len(errors)) == (422, MAX_ERRORS)
    assert {"/title", "/body"} <= {error["pointer"] for error in errors}
    assert event["fields"] == ["body", "title", "unknown"]
