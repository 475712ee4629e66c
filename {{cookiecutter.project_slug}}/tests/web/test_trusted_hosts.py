"""The hosts for which the service responds."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Log

TRUSTED_HOSTS = "Board.Example.com, .Example.org, [::1], 예시.한국"


@pytest.fixture(scope="module")
def strict_app(make_app: Callable[..., Flask]) -> Flask:
    """Return an application with trusted hosts."""
    return make_app(TRUSTED_HOSTS=TRUSTED_HOSTS)


@pytest.mark.parametrize(
    "host",
    [
        "board.example.com",
        "BOARD.example.COM:8000",
        "example.org",
        "a.b.Example.org",
        "[::1]",
        "[::1]:8000",
        "xn--vv4b11d.xn--3e0b707e",
    ],
)
def test_request_for_a_trusted_host_is_accepted(strict_app: Flask, host: str) -> None:
    response = strict_app.test_client().get("/api/v1/questions", headers={"Host": host})

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/questions", "/nowhere", "/static/site.css"])
@pytest.mark.parametrize(
    "host",
    [
        pytest.param("example.com", id="parent domain"),
        pytest.param("www.board.example.com", id="subdomain"),
        pytest.param("evilexample.org", id="same ending"),
        pytest.param("board.example.com.evil.org", id="same beginning"),
        pytest.param("192.0.2.7", id="IPv4 address"),
        pytest.param("[::2]", id="IPv6 address"),
        pytest.param("board.example.com:x", id="invalid port"),
        pytest.param("a_b", id="invalid name"),
        pytest.param("", id="empty"),
    ],
)
def test_request_for_another_host_is_rejected(strict_app: Flask, host: str, path: str) -> None:
    response = strict_app.test_client().get(path, headers={"Host": host})

    assert (response.status_code, response.mimetype) == (400, "application/problem+json")


def test_rejected_host_is_logged(strict_app: Flask, log: Log) -> None:
    strict_app.test_client().get("/", headers={"Host": "elsewhere.example"})

    assert [(event["event"], event["host"]) for event in log() if "host" in event] == [
        ("untrusted_host", "elsewhere.example")
    ]


@pytest.mark.usefixtures("stamp")
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "[fd00::7]:8000", "web_1:8000", "localhost", ""])
def test_health_check_is_accepted_for_any_host(strict_app: Flask, host: str, path: str) -> None:
    response = strict_app.test_client().get(path, headers={"Host": host})

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/healthz/", "/healthz/x", "/readyz.json"])
def test_only_health_checks_are_accepted_for_any_host(strict_app: Flask, path: str) -> None:
    response = strict_app.test_client().get(path, headers={"Host": "10.1.2.3"})

    assert response.status_code == 400


def test_any_host_is_accepted_without_the_setting(make_app: Callable[..., Flask]) -> None:
    response = make_app().test_client().get("/", headers={"Host": "elsewhere.example"})

    assert response.status_code == 200
