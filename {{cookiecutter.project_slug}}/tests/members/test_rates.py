"""How often somebody may send the forms of accounts and votes."""

import pytest
from flask import Flask

from service.accounts.rules import LOGGING_IN, REGISTERING
from service.board.rules import SEARCHING
from service.community.rules import VOTING
from service.core.rates import Rate
from tests.members.visitor import Visitor
from tests.page import Page

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("rate", "path"),
    [
        pytest.param(REGISTERING, "/auth/register", id="registering"),
        pytest.param(LOGGING_IN, "/auth/login", id="logging in"),
    ],
)
def test_a_form_may_be_sent_so_often_in_a_minute(limited: Flask, rate: Rate, path: str) -> None:
    """A18, A19, R6.08."""
    visitor = Visitor(limited)
    fields = {"csrf_token": visitor.token()}

    sent = [visitor.client.post(path, data=fields).status_code for _ in range(rate.per_minute + 1)]

    assert sent == [422] * rate.per_minute + [429]


def test_an_address_that_was_typed_too_often_is_kept(limited: Flask) -> None:
    """R6.08."""
    visitor = Visitor(limited)
    fields = {"csrf_token": visitor.token(), "email": "bea@example.com", "password": ""}
    for _ in range(LOGGING_IN.per_minute):
        visitor.client.post("/auth/login", data=fields)

    response = visitor.client.post("/auth/login", data={**fields, "password": "my password"})

    assert response.status_code == 429
    assert Page(response.text).fields["email"] == "bea@example.com"
    assert "my password" not in response.text


def test_a_member_may_vote_so_often_in_a_minute(limited: Flask, question_id: int) -> None:
    """R6.08."""
    bea = Visitor(limited)
    bea.register("Bea")
    fields = {"csrf_token": bea.token(), "value": "1"}

    sent = [
        bea.client.post(f"/main/question/{question_id}/vote", data=fields).status_code
        for _ in range(VOTING.per_minute + 1)
    ]

    assert sent == [303] * VOTING.per_minute + [429]


def test_a_member_who_searches_has_a_count_of_their_own(limited: Flask) -> None:
    """R6.08."""
    stranger, bea = Visitor(limited), Visitor(limited)
    bea.register("Bea")
    for _ in range(SEARCHING.per_minute + 1):
        stranger.get("/", q="x")

    assert (stranger.get("/", q="x").status_code, bea.get("/", q="x").status_code) == (429, 200)
