"""Reverse proxies in front of the service."""

from collections.abc import Callable

import pytest
from flask import Config, Flask, request

from service.web.proxy import check_proxy_hops

HEADERS = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "example.com",
}


def show_client() -> list[str | None]:
    """Return what the service takes for the client's address, the scheme and the host."""
    return [request.remote_addr, request.scheme, request.host]


@pytest.mark.parametrize(
    ("hops", "expected"),
    [
        pytest.param("0", ["127.0.0.1", "http", "localhost"], id="no proxy"),
        pytest.param("1", ["192.0.2.7", "https", "example.com"], id="one proxy"),
    ],
)
def test_only_headers_of_trusted_proxies_are_used(
    make_app: Callable[..., Flask], hops: str, expected: list[str]
) -> None:
    app: Flask = make_app(PROXY_HOPS=hops)
    app.add_url_rule("/client", view_func=show_client)

    assert app.test_client().get("/client", headers=HEADERS).get_json() == expected


def test_responses_through_a_proxy_with_https_require_https(make_app: Callable[..., Flask]) -> None:
    app: Flask = make_app(PROXY_HOPS="1")

    response = app.test_client().get("/healthz", headers=HEADERS)

    assert "Strict-Transport-Security" in response.headers


@pytest.mark.parametrize(
    ("environment", "hops", "is_problem"),
    [
        pytest.param("production", 0, True, id="none in production"),
        pytest.param("production", 1, False, id="one in production"),
        pytest.param("development", 0, False, id="none in development"),
    ],
)
def test_production_without_a_proxy_is_a_problem(
    environment: str, hops: int, is_problem: bool
) -> None:
    config = Config("", {"APP_ENV": environment, "PROXY_HOPS": hops})

    problems = list(check_proxy_hops(config))

    assert ["PROXY_HOPS is 0" in problem for problem in problems] == [True] * is_problem
