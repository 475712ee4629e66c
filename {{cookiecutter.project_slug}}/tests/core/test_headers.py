"""The security headers."""

from collections.abc import Callable
from typing import NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.core.headers import COMMON

ANSWERS = [
    pytest.param("GET", "/", 200, id="a page"),
    pytest.param("GET", "/api/v1/questions", 200, id="data"),
    pytest.param("GET", "/api/v1/openapi.json", 200, id="the description of the API"),
    pytest.param("GET", "/healthz", 200, id="a probe"),
    pytest.param("GET", "/static/site.css", 200, id="a file"),
    pytest.param("GET", "/static/none.css", 404, id="no file"),
    pytest.param("GET", "/elsewhere", 302, id="a redirect"),
    pytest.param("GET", "/nowhere", 404, id="no page"),
    pytest.param("POST", "/", 405, id="no such method"),
    pytest.param("OPTIONS", "/", 200, id="options"),
    pytest.param("GET", "/fail", 500, id="a defect"),
]


def fail() -> NoReturn:
    """Raise what nobody foresaw."""
    raise KeyError("nothing")


@pytest.fixture(scope="module")
def wide_app(make_app: Callable[..., Flask]) -> Flask:
    """Make an application that redirects and fails as well."""
    wide = make_app()
    wide.add_url_rule("/elsewhere", "elsewhere", lambda: wide.redirect("/"))
    wide.add_url_rule("/fail", "fail", fail)
    return wide


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_has_the_headers_once(
    wide_app: Flask, method: str, path: str, status: int
) -> None:
    """R5.04."""
    response = wide_app.test_client().open(path, method=method)

    assert response.status_code == status
    for name, value in COMMON.items():
        assert response.headers.getlist(name) == [value]
    assert len(response.headers.getlist("Content-Security-Policy")) == 1
    assert len(response.headers.getlist("X-Request-ID")) == 1
    response.close()


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_no_answer_allows_what_stands_inside_it_to_run(
    wide_app: Flask, method: str, path: str, status: int
) -> None:
    """R5.03."""
    response = wide_app.test_client().open(path, method=method)

    policy = response.headers["Content-Security-Policy"]
    assert response.status_code == status
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    response.close()


def test_data_opened_in_a_browser_can_load_nothing(client: FlaskClient) -> None:
    """E09."""
    policy = client.get("/api/v1/questions").headers["Content-Security-Policy"]

    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_strict_transport_is_asked_for_over_https(client: FlaskClient) -> None:
    """R5.04."""
    header = client.get("/", base_url="https://localhost").headers["Strict-Transport-Security"]

    assert header == "max-age=31536000; includeSubDomains"


def test_strict_transport_is_not_asked_for_over_http(client: FlaskClient) -> None:
    """F12."""
    assert "Strict-Transport-Security" not in client.get("/").headers


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("/", "no-cache", id="a page for everybody"),
        pytest.param("/api/v1/questions", "no-cache", id="data"),
        pytest.param("/static/site.css", "no-cache", id="a file"),
        pytest.param("/healthz", "no-store", id="a probe"),
        pytest.param("/nowhere", "no-store", id="no page"),
        pytest.param("/api/v1/nowhere", "no-store", id="no data"),
        pytest.param("/fail", "no-store", id="a defect"),
    ],
)
def test_a_cache_asks_each_time_or_keeps_nothing(wide_app: Flask, path: str, said: str) -> None:
    """R5.05, F10."""
    with wide_app.test_client().get(path) as response:
        assert response.headers.getlist("Cache-Control") == [said]


def test_a_file_that_is_still_the_same_is_not_sent_again(client: FlaskClient) -> None:
    """R5.05."""
    with client.get("/static/site.css") as response:
        etag = response.headers["ETag"]

    with client.get("/static/site.css", headers={"If-None-Match": etag}) as again:
        assert (again.status_code, again.data) == (304, b"")
