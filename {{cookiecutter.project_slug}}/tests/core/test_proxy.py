"""The proxies in front of the service."""

from collections.abc import Callable

import pytest
from flask import Flask, request

SAID = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "example.com",
}


def show_client() -> list[str | None]:
    """Return what the service believes of its client."""
    return [request.remote_addr, request.scheme, request.host]


@pytest.mark.parametrize(
    ("hops", "believed"),
    [
        pytest.param("0", ["127.0.0.1", "http", "localhost"], id="nobody"),
        pytest.param("1", ["192.0.2.7", "https", "example.com"], id="one proxy"),
    ],
)
def test_a_client_is_who_a_trusted_proxy_says(
    make_app: Callable[..., Flask], hops: str, believed: list[str]
) -> None:
    """R5.08, F07."""
    app: Flask = make_app(PROXY_HOPS=hops)
    app.add_url_rule("/client", view_func=show_client)

    assert app.test_client().get("/client", headers=SAID).get_json() == believed


def test_a_proxy_that_speaks_https_makes_transport_strict(make_app: Callable[..., Flask]) -> None:
    """R5.04, F12."""
    app: Flask = make_app(PROXY_HOPS="1")

    response = app.test_client().get("/healthz", headers=SAID)

    assert "Strict-Transport-Security" in response.headers
