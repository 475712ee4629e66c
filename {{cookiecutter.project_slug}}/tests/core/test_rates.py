"""How often a client may do what costs something."""

import sys
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.rules import ASKING, SEARCHING
from service.config import ConfigurationError
from tests.conftest import Log, MakeWriter

pytestmark = pytest.mark.slow

QUESTION = {"title": "How do I begin?", "body": "I have no idea."}


def statuses(client: FlaskClient, address: str, times: int = 100, **changes: str) -> list[int]:
    """Read an address as often; return the statuses in turn."""
    found = []
    for _ in range(times):
        with client.get(address, environ_base=changes) as response:
            found.append(response.status_code)
    return found


@pytest.fixture
def program(limited: Flask, make_writer: MakeWriter) -> FlaskClient:
    """Make a program that may ask, as often as the limits allow."""
    return make_writer(limited)


def test_a_hundred_questions_in_a_minute_are_stopped(program: FlaskClient) -> None:
    """I15."""
    sent = [program.post("/api/v1/questions", json=QUESTION).status_code for _ in range(100)]

    assert sent == [201] * ASKING.per_minute + [429] * (100 - ASKING.per_minute)


def test_a_program_is_told_how_long_to_wait(limited: Flask) -> None:
    """R6.08."""
    client = limited.test_client()
    statuses(client, "/api/v1/questions?q=x", SEARCHING.per_minute)

    response = client.get("/api/v1/questions?q=x")

    assert (response.status_code, response.mimetype) == (429, "application/problem+json")
    assert 0 < int(response.headers["Retry-After"]) <= 60


def test_a_person_is_told_on_a_page(limited: Flask) -> None:
    """R6.08."""
    client = limited.test_client()
    statuses(client, "/?q=x", SEARCHING.per_minute)

    response = client.get("/?q=x", headers={"Accept-Language": "ko"})

    assert (response.status_code, response.mimetype) == (429, "text/html")
    assert "너무 자주 보냈어요" in response.text


def test_pages_and_api_count_together(limited: Flask) -> None:
    client = limited.test_client()
    statuses(client, "/?q=x", SEARCHING.per_minute)

    assert statuses(client, "/api/v1/questions?q=x", 1) == [429]


@pytest.mark.parametrize("address", ["/", "/healthz", "/static/site.css", "/api/v1/questions"])
def test_reading_has_no_limit(limited: Flask, address: str) -> None:
    """R7.04."""
    assert set(statuses(limited.test_client(), address)) == {200}


def test_an_address_that_the_client_makes_up_counts_for_nothing(limited: Flask) -> None:
    """A22."""
    client = limited.test_client()

    answers = [
        client.get("/?q=x", headers={"X-Forwarded-For": f"198.51.{number}.7"}).status_code
        for number in range(100)
    ]

    assert answers.count(200) == SEARCHING.per_minute


def test_a_neighbour_counts_with_whom_they_share_a_network_with(limited: Flask) -> None:
    client = limited.test_client()
    statuses(client, "/?q=x", REMOTE_ADDR="203.0.113.7")

    assert statuses(client, "/?q=x", 1, REMOTE_ADDR="203.0.113.8") == [429]


def test_a_client_from_elsewhere_has_a_count_of_its_own(limited: Flask) -> None:
    client = limited.test_client()
    statuses(client, "/?q=x", REMOTE_ADDR="203.0.113.7")

    assert statuses(client, "/?q=x", 1, REMOTE_ADDR="198.51.100.7") == [200]


def test_limits_can_be_off(make_app: Callable[..., Flask]) -> None:
    client = make_app(RATELIMIT_ENABLED="0").test_client()

    assert set(statuses(client, "/?q=x")) == {200}


def test_a_refusal_is_logged(limited: Flask, log: Log) -> None:
    """R7.09."""
    client = limited.test_client()
    statuses(client, "/?q=x", SEARCHING.per_minute + 1, REMOTE_ADDR="203.0.113.7")

    [event] = [event for event in log() if event["event"] != "request"]
    assert (
        event.items()
        >= {
            "event": "excess_rate_limit_exceeded",
            "level": "warning",
            "limit": "searching",
            "maximum": SEARCHING.per_minute,
            "network": "203.0.113.0/24",
        }.items()
    )


def test_a_redis_without_its_client_stops_the_start(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigurationError, match=r"--extra redis") as stopped:
        make_app(RATELIMIT_STORAGE_URI="redis://:hunter2@127.0.0.1")

    assert "hunter2" not in stopped.value.message


def test_an_address_of_no_redis_stops_the_start(make_app: Callable[..., Flask]) -> None:
    """R2.02."""
    pytest.importorskip("redis", reason="The extra `redis` is not installed.")

    with pytest.raises(ConfigurationError, match=r"^RATELIMIT_STORAGE_URI ") as stopped:
        make_app(RATELIMIT_STORAGE_URI="redis://:hunter2@redis:port")

    assert "hunter2" not in stopped.value.message


def test_people_are_served_without_the_redis(
    make_app: Callable[..., Flask], make_writer: MakeWriter
) -> None:
    """Z56."""
    pytest.importorskip("redis", reason="The extra `redis` is not installed.")
    app = make_app(RATELIMIT_ENABLED="1", RATELIMIT_STORAGE_URI="redis://127.0.0.1:1")
    program = make_writer(app)

    sent = [program.post("/api/v1/questions", json=QUESTION).status_code for _ in range(40)]

    assert sent == [201] * ASKING.per_minute + [429] * (40 - ASKING.per_minute)
    assert statuses(program, "/", 1) == [200]
