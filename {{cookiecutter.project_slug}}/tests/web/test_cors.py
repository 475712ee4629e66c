"""Cross-origin requests to the API."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

ORIGIN = "https://app.example.com"
URL = "/api/v1/questions"
PREFLIGHT = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization, content-type, if-match, x-other",
}


@pytest.fixture
def open_client(make_app: Callable[..., Flask]) -> FlaskClient:
    """Return a client of an application whose API pages of `ORIGIN` may use."""
    return make_app(CORS_ORIGINS=f"{ORIGIN}, http://localhost:5173").test_client()


def cors_headers(client: FlaskClient, path: str, method: str = "GET", **headers: str) -> set[str]:
    """Return the names of the CORS headers in a response."""
    response = client.open(path, method=method, headers=headers)
    return {name for name, _value in response.headers if name.startswith("Access-Control-")}


def test_page_of_a_listed_origin_may_read_a_response(open_client: FlaskClient) -> None:
    response = open_client.get(URL, headers={"Origin": ORIGIN})

    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"ETag", "Link", "Location", "Retry-After"} <= set(exposed)
    assert "Origin" in response.vary
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_page_of_a_listed_origin_may_read_an_error(open_client: FlaskClient) -> None:
    response = open_client.post(URL, headers={"Origin": ORIGIN}, data=b"{")

    assert response.status_code >= 400
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_preflight_allows_methods_and_headers_of_the_api(open_client: FlaskClient) -> None:
    response = open_client.options(URL, headers={"Origin": ORIGIN, **PREFLIGHT})

    assert response.status_code == 200
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
    assert allowed == ["authorization", "content-type", "if-match"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "http://app.example.com",
        "https://appXexample.com",
        "null",
    ],
)
def test_other_origin_is_not_allowed(open_client: FlaskClient, origin: str) -> None:
    assert cors_headers(open_client, URL, Origin=origin) == set()
    assert cors_headers(open_client, URL, "OPTIONS", Origin=origin, **PREFLIGHT) == set()


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_pages_are_not_open_to_other_origins(open_client: FlaskClient, path: str) -> None:
    assert cors_headers(open_client, path, Origin=ORIGIN) == set()


def test_no_origin_is_allowed_by_default(client: FlaskClient) -> None:
    assert cors_headers(client, URL, Origin=ORIGIN) == set()
    assert cors_headers(client, URL, "OPTIONS", Origin=ORIGIN, **PREFLIGHT) == set()


def test_request_without_origin_gets_no_cors_headers(open_client: FlaskClient) -> None:
    assert cors_headers(open_client, URL) == set()
