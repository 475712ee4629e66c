"""How often somebody may send what concerns an account."""

import pytest
from flask import Flask

from service.accounts.rules import LOGGING_IN, REFRESHING, REGISTERING
from service.core.rates import Rate
from tests.accounts.people import client_of_member

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("rate", "address"),
    [
        pytest.param(REGISTERING, "register", id="registering"),
        pytest.param(LOGGING_IN, "login", id="logging in"),
        pytest.param(REFRESHING, "refresh", id="refreshing"),
    ],
)
def test_a_network_may_try_so_often_in_a_minute(limited: Flask, rate: Rate, address: str) -> None:
    """A18, R6.08."""
    client = limited.test_client()

    sent = [
        client.post(f"/api/v1/auth/{address}", json={}).status_code
        for _ in range(rate.per_minute + 1)
    ]

    assert sent == [422] * rate.per_minute + [429]


def test_a_password_is_tried_as_seldom_as_at_the_log_in(limited: Flask) -> None:
    """A19."""
    ann = client_of_member(limited)

    sent = [
        ann.post("/api/v1/auth/password", json={}).status_code
        for _ in range(LOGGING_IN.per_minute + 1)
    ]

    assert sent == [422] * LOGGING_IN.per_minute + [429]
