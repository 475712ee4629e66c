"""The security headers."""

from collections.abc import Callable
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.web.headers import COMMON_HEADERS

REQUESTS = [
    pytest.param("GET", "/", 200, id="page"),
    pytest.param("GET", "/api/v1/questions", 200, id="API"),
    pytest.param("GET", "/api/v1/openapi.json", 200, id="OpenAPI document"),
    pytest.param("GET", "/healthz", 200, id="health check"),
    pytest.param("GET", "/static/site.css", 200, id="static file"),
    pytest.param("GET", "/static/none.css", 404, id="missing file"),
    pytest.param("GET", "/elsewhere", 302, id="redirect"),
    pytest.param("GET", "/nowhere", 404, id="missing page"),
    pytest.param("POST", "/", 405, id="method not allowed"),
    pytest.param("OPTIONS", "/", 200, id="OPTIONS"),
    pytest.param("GET", "/fail", 500, id="unhandled exception"),
]


def fail() -> NoReturn:
    """Raise an unexpected exception."""
    raise KeyError("nothing")


@pytest.fixture(scope="module")
def extended_app(make_app: Callable[..., Flask]) -> Flask:
    """Return an application with two more views: one redirects, and one fails."""
    app = make_app()
    app.add_url_rule("/elsewhere", "elsewhere", lambda: app.redirect("/"))
    app.add_url_rule("/fail", "fail", fail)
    return app


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
def test_every_response_has_each_header_once(
    extended_app: Flask, method: str, path: str, status: int
) -> None:
    with extended_app.test_client().open(path, method=method) as response:
        assert response.status_code == status
        for name, value in COMMON_HEADERS.items():
            if name != "Cache-Control":
                assert response.headers.getlist(name) == [value]
        assert len(response.headers.getlist("Cache-Control")) == 1
        assert len(response.headers.getlist("Content-Security-Policy")) == 1
        assert len(response.headers.getlist("X-Request-ID")) == 1


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
def test_no_response_allows_inline_scripts_or_frames(
    extended_app: Flask, method: str, path: str, status: int
) -> None:
    with extended_app.test_client().open(path, method=method) as response:
        policy = response.headers["Content-Security-Policy"]
        assert response.status_code == status
        assert policy.startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_json_that_is_opened_in_a_browser_loads_nothing(client: FlaskClient) -> None:
    policy = client.get("/api/v1/questions").headers["Content-Security-Policy"]

    assert policy == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "max-age=31536000", id="default"),
        pytest.param(
            {"HSTS_INCLUDE_SUBDOMAINS": "1"},
            "max-age=31536000; includeSubDomains",
            id="with subdomains",
        ),
    ],
)
def test_responses_over_https_require_https(
    make_app: Callable[..., Flask], changes: dict[str, str], expected: str
) -> None:
    response = make_app(**changes).test_client().get("/", base_url="https://localhost")

    assert response.headers.getlist("Strict-Transport-Security") == [expected]


def test_responses_over_http_do_not_require_https(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers


@pytest.mark.parametrize(
    ("path", "directive"),
    [
        pytest.param("/", "no-cache", id="public page"),
        pytest.param("/api/v1/questions", "no-cache", id="API"),
        pytest.param("/static/site.css", "no-cache", id="static file"),
        pytest.param("/healthz", "no-store", id="health check"),
        pytest.param("/nowhere", "no-store", id="missing page"),
        pytest.param("/api/v1/nowhere", "no-store", id="missing resource"),
        pytest.param("/fail", "no-store", id="unhandled exception"),
    ],
)
def test_response_is_revalidated_or_not_stored(
    extended_app: Flask, path: str, directive: str
) -> None:
    with extended_app.test_client().get(path) as response:
        assert response.headers.getlist("Cache-Control") == [directive]


def test_unchanged_file_is_not_sent_twice(client: FlaskClient) -> None:
    with client.get("/static/site.css") as response:
        etag = response.headers["ETag"]

    with client.get("/static/site.css", headers={"If-None-Match": etag}) as again:
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api/v1/nowhere"])
def test_caches_store_translated_responses_by_language(client: FlaskClient, path: str) -> None:
    assert "Accept-Language" in client.get(path).vary
