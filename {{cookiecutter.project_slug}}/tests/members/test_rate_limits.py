"""The rate limits of account forms and votes."""

import pytest
from flask import Flask

from service.accounts.rules import LOGIN_RATE_LIMIT, REGISTRATION_RATE_LIMIT
from service.board.rules import SEARCH_RATE_LIMIT
from service.community.rules import VOTE_RATE_LIMIT
from service.web.rate_limits import RateLimit
from tests.members.browser import Browser

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("limit", "path"),
    [
        pytest.param(REGISTRATION_RATE_LIMIT, "/auth/register", id="registration"),
        pytest.param(LOGIN_RATE_LIMIT, "/auth/login", id="login"),
    ],
)
def test_form_is_limited_per_minute(limited_app: Flask, limit: RateLimit, path: str) -> None:
    visitor = Browser(limited_app)
    fields = {"csrf_token": visitor.csrf_token()}

    statuses = [
        visitor.client.post(path, data=fields).status_code for _ in range(limit.per_minute + 1)
    ]

    assert statuses == [422] * limit.per_minute + [429]


def test_rate_limited_login_does_not_repeat_the_password(limited_app: Flask) -> None:
    visitor = Browser(limited_app)
    fields = {"csrf_token": visitor.csrf_token(), "email": "bea@example.com", "password": ""}
    for _ in range(LOGIN_RATE_LIMIT.per_minute):
        visitor.client.post("/auth/login", data=fields)

    response = visitor.client.post("/auth/login", data={**fields, "password": "my password"})

    assert response.status_code == 429
    assert "my password" not in response.text


def test_votes_are_limited_per_minute(limited_app: Flask, question_id: int) -> None:
    bea = Browser(limited_app)
    bea.register("Bea")
    fields = {"csrf_token": bea.csrf_token(), "value": "1"}

    statuses = [
        bea.client.post(f"/main/question/{question_id}/vote", data=fields).status_code
        for _ in range(VOTE_RATE_LIMIT.per_minute + 1)
    ]

    assert statuses == [303] * VOTE_RATE_LIMIT.per_minute + [429]


def test_member_has_a_search_limit_separate_from_visitors(limited_app: Flask) -> None:
    visitor, bea = Browser(limited_app), Browser(limited_app)
    bea.register("Bea")
    for _ in range(SEARCH_RATE_LIMIT.per_minute + 1):
        visitor.get("/", q="x")

    assert (visitor.get("/", q="x").status_code, bea.get("/", q="x").status_code) == (429, 200)
