"""Every error a client can see."""

from collections.abc import Callable
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

CAUSE = Exception("no such thing in /var/lib/data")
FAULTS: dict[str, Exception] = {
    "operational": OperationalError("SELECT a_secret", {}, CAUSE),
    "interface": InterfaceError("SELECT a_secret", {}, CAUSE),
    "pool": PoolTimeoutError("QueuePool limit of size 5"),
    "old-tables": ProgrammingError("SELECT a_secret", {}, CAUSE),
    "data": DataError("SELECT a_secret", {}, CAUSE),
    "key": KeyError("a_secret"),
    "recursion": RecursionError("a_secret"),
}
OUTAGES = ["operational", "interface", "pool", "old-tables"]
UNFORESEEN = ["data", "key", "recursion"]
TELLTALES = ["a_secret", "SELECT", "/var/lib", "QueuePool", "Traceback", ".py", "sqlalche"]


def fail(kind: str) -> NoReturn:
    """Raise the fault of this name."""
    raise FAULTS[kind]


@pytest.fixture(scope="module")
def faulty(make_app: Callable[..., Flask]) -> Flask:
    """Make an application in which everything goes wrong, as page and as data."""
    app = make_app()
    app.add_url_rule("/fault/<kind>", "fault", fail)
    app.add_url_rule("/api/v1/fault/<kind>", "api_fault", fail)
    return app


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/v1/nowhere", 404, id="no such address"),
        pytest.param("GET", "/api/v1/questions/7777", 404, id="no such question"),
        pytest.param("TRACE", "/api/v1/questions", 405, id="a method of others"),
        pytest.param("DELETE", "/api/v1/openapi.json", 405, id="a method that is not offered"),
        pytest.param("POST", "/api/v1/questions", 415, id="no JSON"),
        pytest.param("GET", "/api/v1/questions?limit=0", 422, id="a bad parameter"),
        pytest.param("POST", "/healthz", 405, id="a probe"),
    ],
)
def test_a_program_is_answered_with_a_problem(
    writer: FlaskClient, method: str, path: str, status: int
) -> None:
    """R6.01."""
    response = writer.open(path, method=method)

    document = response.get_json()
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail", "instance"} <= document.keys()
    assert document["status"] == status
    assert document["instance"] == f"urn:request:{response.headers['X-Request-ID']}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/nowhere", 404, id="no such address"),
        pytest.param("GET", "/static/..%2f..%2f.env", 404, id="a way out of the folder"),
        pytest.param("GET", "/static/%00", 404, id="a file with NUL"),
        pytest.param("GET", "/.env", 404, id="the settings"),
        pytest.param("GET", "/console", 404, id="the debugger"),
        pytest.param("GET", "/main/question/7777", 404, id="no such question"),
        pytest.param("DELETE", "/", 405, id="a method that is not offered"),
        pytest.param("TRACE", "/", 405, id="a method of others"),
        pytest.param("FOO", "/static/site.css", 405, id="a method of nobody"),
        pytest.param("GET", "/?after=x", 422, id="a bad parameter"),
    ],
)
def test_a_person_is_answered_with_a_page(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    """R6.01, F14, H21."""
    response = client.open(path, method=method)

    assert (response.status_code, response.mimetype) == (status, "text/html")
    assert response.headers["X-Request-ID"] in response.text


@pytest.mark.parametrize("path", ["/", "/api/v1/openapi.json", "/healthz"])
def test_a_method_that_is_not_offered_is_answered_with_those_that_are(
    client: FlaskClient, path: str
) -> None:
    response = client.patch(path)

    assert sorted(response.allow) == ["GET", "HEAD", "OPTIONS"]


@pytest.mark.parametrize("prefix", ["/fault", "/api/v1/fault"])
@pytest.mark.parametrize("kind", OUTAGES)
def test_a_database_that_is_away_makes_an_outage(faulty: Flask, prefix: str, kind: str) -> None:
    """R7.03, Z46."""
    response = faulty.test_client().get(f"{prefix}/{kind}")

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("prefix", ["/fault", "/api/v1/fault"])
@pytest.mark.parametrize("kind", UNFORESEEN)
def test_what_nobody_foresaw_is_answered_all_the_same(
    faulty: Flask, prefix: str, kind: str
) -> None:
    response = faulty.test_client().get(f"{prefix}/{kind}")

    assert response.status_code == 500


@pytest.mark.parametrize("prefix", ["/fault", "/api/v1/fault"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_tells_nothing_of_its_cause(faulty: Flask, prefix: str, kind: str) -> None:
    """R6.01, J02."""
    text = faulty.test_client().get(f"{prefix}/{kind}").text

    assert [word for word in TELLTALES if word in text] == []


def test_a_service_that_failed_serves_the_next_request(client: FlaskClient, outage: None) -> None:
    """R7.03."""
    assert outage is None
    assert client.get("/").status_code == 503
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/?after=x"])
def test_an_error_asks_nothing_of_the_database(
    client: FlaskClient, statements: list[str], path: str
) -> None:
    """R7.03."""
    client.get(path)

    assert statements == []


def test_an_address_shown_on_its_error_is_harmless(client: FlaskClient) -> None:
    """E05."""
    response = client.get("/<script>alert(1)</script>?q=<script>alert(2)</script>")

    assert "<script>alert" not in response.text


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/site.css", "/api/v1/questions"])
def test_a_host_that_is_not_ours_is_refused(production: Flask, path: str) -> None:
    """R5.08, F06."""
    response = production.test_client().get(path, base_url="http://evil.invalid")

    assert response.status_code == 400
    assert "evil.invalid" not in response.text


def test_a_host_that_is_ours_is_served(production: Flask) -> None:
    assert (
        production.test_client().get("/nowhere", base_url="http://example.com").status_code == 404
    )


def test_more_than_a_request_may_hold_is_refused(writer: FlaskClient) -> None:
    """R6.03, H13."""
    response = writer.post("/api/v1/questions", json={"title": "Long?", "body": "x" * 262_144})

    assert (response.status_code, response.mimetype) == (413, "application/problem+json")


def test_a_stranger_among_the_sites_gets_no_permission(client: FlaskClient) -> None:
    """D11."""
    response = client.options("/api/v1/questions", headers={"Origin": "https://evil.invalid"})

    assert [name for name, _ in response.headers if name.startswith("Access-Control")] == []
