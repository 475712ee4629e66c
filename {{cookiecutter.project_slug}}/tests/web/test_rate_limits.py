"""The rate limits."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NoReturn

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from limits.errors import StorageError

from service.board.rules import ASK_RATE_LIMIT, SEARCH_RATE_LIMIT
from service.config.settings import ConfigurationError
from service.web.rate_limits import limiter
from tests.conftest import Log, MakeWriter

pytestmark = pytest.mark.slow

QUESTION = {"title": "How do I begin?", "body": "I have no idea."}
# The limiter tries its storage again some seconds after the last attempt, even of another test.
MINUTES_AHEAD = count(2)


def statuses(client: FlaskClient, path: str, times: int = 100, **environ: str) -> list[int]:
    """Send GET requests, and return the statuses of the responses."""
    found = []
    for _ in range(times):
        with client.get(path, environ_base=environ) as response:
            found.append(response.status_code)
    return found


def retry_storage(app: Flask) -> None:
    """Send a request at a later time, when the limiter tries its storage again."""
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=next(MINUTES_AHEAD))):
        statuses(app.test_client(), "/?q=x", 1)


@pytest.fixture
def writer(limited_app: Flask, make_writer: MakeWriter) -> FlaskClient:
    """Return a client that may write, of the application with rate limits."""
    return make_writer(limited_app)


@pytest.fixture
def app_without_redis(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """Yield an application with rate limits whose Redis server cannot be reached."""
    pytest.importorskip("redis", reason="The extra `redis` is not installed.")
    yield make_app(RATELIMIT_ENABLED="1", RATELIMIT_STORAGE_URI="redis://127.0.0.1:1")
    # Restore the limiter, which all applications of a process share.
    retry_storage(make_app(RATELIMIT_ENABLED="1"))


def test_question_beyond_the_limit_is_rejected(writer: FlaskClient) -> None:
    sent = [writer.post("/api/v1/questions", json=QUESTION).status_code for _ in range(100)]

    assert sent == [201] * ASK_RATE_LIMIT.per_minute + [429] * (100 - ASK_RATE_LIMIT.per_minute)


def test_limits_can_be_multiplied(make_app: Callable[..., Flask]) -> None:
    client = make_app(RATELIMIT_ENABLED="1", RATELIMIT_MULTIPLIER="2").test_client()

    found = statuses(client, "/?q=x", 2 * SEARCH_RATE_LIMIT.per_minute + 1)

    assert found == [200] * 2 * SEARCH_RATE_LIMIT.per_minute + [429]


def test_api_says_when_to_try_again(limited_app: Flask) -> None:
    client = limited_app.test_client()
    statuses(client, "/api/v1/questions?q=x", SEARCH_RATE_LIMIT.per_minute)

    response = client.get("/api/v1/questions?q=x")

    seconds = int(response.headers["Retry-After"])
    assert (response.status_code, response.mimetype) == (429, "application/problem+json")
    assert 1 < seconds <= 60
    assert f"Try again in {seconds} seconds." in response.get_json()["detail"]


def test_page_says_when_to_try_again(limited_app: Flask) -> None:
    client = limited_app.test_client()
    statuses(client, "/?q=x", SEARCH_RATE_LIMIT.per_minute)

    response = client.get("/?q=x")

    assert (response.status_code, response.mimetype) == (429, "text/html")
    assert f"Try again in {response.headers['Retry-After']} seconds." in response.text


def test_limit_is_reset_after_a_minute(limited_app: Flask) -> None:
    client = limited_app.test_client()
    statuses(client, "/?q=x", SEARCH_RATE_LIMIT.per_minute + 1)

    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        assert statuses(client, "/?q=x", 1) == [200]


def test_rejected_requests_do_not_extend_the_minute(limited_app: Flask) -> None:
    client = limited_app.test_client()
    now = datetime.now(UTC)
    with time_machine.travel(now):
        statuses(client, "/?q=x", SEARCH_RATE_LIMIT.per_minute)
    with time_machine.travel(now + timedelta(seconds=50)):
        response = client.get("/?q=x")

    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) <= 11


def test_pages_and_api_share_a_limit(limited_app: Flask) -> None:
    client = limited_app.test_client()
    statuses(client, "/?q=x", SEARCH_RATE_LIMIT.per_minute)

    assert statuses(client, "/api/v1/questions?q=x", 1) == [429]


@pytest.mark.parametrize("path", ["/", "/healthz", "/static/site.css", "/api/v1/questions"])
def test_request_that_reads_has_no_limit(limited_app: Flask, path: str) -> None:
    assert set(statuses(limited_app.test_client(), path)) == {200}


def test_forwarded_address_without_a_trusted_proxy_is_ignored(limited_app: Flask) -> None:
    client = limited_app.test_client()

    found = [
        client.get("/?q=x", headers={"X-Forwarded-For": f"198.51.{number}.7"}).status_code
        for number in range(100)
    ]

    assert found.count(200) == SEARCH_RATE_LIMIT.per_minute


def test_clients_of_one_network_share_a_limit(limited_app: Flask) -> None:
    client = limited_app.test_client()
    statuses(client, "/?q=x", REMOTE_ADDR="203.0.113.7")

    assert statuses(client, "/?q=x", 1, REMOTE_ADDR="203.0.113.8") == [429]


def test_clients_of_other_networks_are_not_affected(limited_app: Flask) -> None:
    client = limited_app.test_client()
    statuses(client, "/?q=x", REMOTE_ADDR="203.0.113.7")

    assert statuses(client, "/?q=x", 1, REMOTE_ADDR="198.51.100.7") == [200]


def test_limits_can_be_disabled(make_app: Callable[..., Flask]) -> None:
    client = make_app(RATELIMIT_ENABLED="0").test_client()

    assert set(statuses(client, "/?q=x")) == {200}


def test_rejected_request_is_logged(limited_app: Flask, log: Log) -> None:
    client = limited_app.test_client()
    statuses(client, "/?q=x", SEARCH_RATE_LIMIT.per_minute + 1, REMOTE_ADDR="203.0.113.7")

    [event] = [event for event in log() if event["event"] != "request"]
    assert (
        event.items()
        >= {
            "event": "excess_rate_limit_exceeded",
            "level": "warning",
            "limit": "searching",
            "maximum": SEARCH_RATE_LIMIT.per_minute,
            "network": "203.0.113.0/24",
        }.items()
    )


def test_missing_redis_library_stops_the_start(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)

    with pytest.raises(ConfigurationError, match=r"--extra redis") as stopped:
        make_app(RATELIMIT_ENABLED="1", RATELIMIT_STORAGE_URI="redis://:hunter2@127.0.0.1")

    assert "hunter2" not in stopped.value.message


def test_invalid_redis_url_stops_the_start(make_app: Callable[..., Flask]) -> None:
    pytest.importorskip("redis", reason="The extra `redis` is not installed.")

    with pytest.raises(ConfigurationError, match=r"^RATELIMIT_STORAGE_URI: ") as stopped:
        make_app(RATELIMIT_ENABLED="1", RATELIMIT_STORAGE_URI="redis://:hunter2@redis:port")

    assert "hunter2" not in stopped.value.message


def test_limits_hold_without_the_redis_server(
    app_without_redis: Flask, make_writer: MakeWriter
) -> None:
    writer = make_writer(app_without_redis)

    sent = [writer.post("/api/v1/questions", json=QUESTION).status_code for _ in range(40)]

    assert sent == [201] * ASK_RATE_LIMIT.per_minute + [429] * (40 - ASK_RATE_LIMIT.per_minute)
    assert statuses(writer, "/", 1) == [200]


def test_outage_and_recovery_of_the_storage_are_each_logged_once(
    limited_app: Flask, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    def fail(*_arguments: object) -> NoReturn:
        raise ConnectionError("no connection to 10.0.0.7")

    with monkeypatch.context() as outage:
        outage.setattr(limiter.storage, "incr", fail)
        outage.setattr(limiter.storage, "check", lambda: False)
        during = statuses(limited_app.test_client(), "/?q=x", SEARCH_RATE_LIMIT.per_minute + 1)
    retry_storage(limited_app)

    events = [(event["event"], event["level"]) for event in log() if event["event"] != "request"]
    assert during == [200] * SEARCH_RATE_LIMIT.per_minute + [429]
    assert events == [
        ("ratelimit_storage_unavailable", "error"),
        ("excess_rate_limit_exceeded", "warning"),
        ("ratelimit_storage_available", "info"),
    ]


def test_response_is_429_even_if_the_storage_cannot_return_the_reset_time(
    limited_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = limited_app.test_client()
    statuses(client, "/?q=x", SEARCH_RATE_LIMIT.per_minute)

    def fail(*_arguments: object) -> NoReturn:
        raise StorageError(ConnectionError())

    monkeypatch.setattr(limiter.storage, "get_expiry", fail)
    response = client.get("/?q=x")

    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
