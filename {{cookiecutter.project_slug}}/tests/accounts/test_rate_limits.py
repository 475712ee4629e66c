"""Rate limits of the accounts API."""

import pytest
from flask import Flask

from service.accounts.rules import LOGIN_RATE_LIMIT, REFRESH_RATE_LIMIT, REGISTRATION_RATE_LIMIT
from service.web.rate_limits import RateLimit
from tests.accounts.people import logged_in_client

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("limit", "path"),
    [
        pytest.param(REGISTRATION_RATE_LIMIT, "register", id="registering"),
        pytest.param(LOGIN_RATE_LIMIT, "login", id="logging in"),
        pytest.param(REFRESH_RATE_LIMIT, "refresh", id="refreshing"),
    ],
)
def test_requests_of_a_network_are_limited(limited_app: Flask, limit: RateLimit, path: str) -> None:
    client = limited_app.test_client()

    statuses = [
        client.post(f"/api/v1/auth/{path}", json={}).status_code
        for _number in range(limit.per_minute + 1)
    ]

    assert statuses == [422] * limit.per_minute + [429]


def test_forty_people_of_one_network_can_register_within_a_minute(limited_app: Flask) -> None:
    client = limited_app.test_client()

    statuses = [
        client.post(
            "/api/v1/auth/register",
            json={"email": f"{n}@example.com", "name": f"Pupil {n}", "password": "by the sea"},
        ).status_code
        for n in range(40)
    ]

    assert statuses == [201] * 40


def test_password_changes_have_the_rate_limit_of_logins(limited_app: Flask) -> None:
    ann = logged_in_client(limited_app)

    statuses = [
        ann.post("/api/v1/auth/password", json={}).status_code
        for _number in range(LOGIN_RATE_LIMIT.per_minute + 1)
    ]

    assert statuses == [422] * LOGIN_RATE_LIMIT.per_minute + [429]
