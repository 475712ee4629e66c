"""Rate limits per member. Every route that changes data has one."""

import re
from unittest.mock import Mock

import pytest
from flask import Flask

from service.board.rules import ASK_RATE_LIMIT, SEARCH_RATE_LIMIT
from service.community.rules import CHANGE_RATE_LIMIT, VOTE_RATE_LIMIT
from service.web.rate_limits import limiter
from tests.accounts.people import logged_in_client

pytestmark = pytest.mark.slow

WRITE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}
# A limit must not prevent members from ending their sessions.
LOGOUT_ENDPOINTS = {
    "auth_api.logout",
    "auth_api.logout_all",
    "auth_api.end_session",
    # [template] if forms
    "members.logout",
    "members.logout_all",
    "members.end_session",
    # [template] endif
}
QUESTION = {"title": "How do I begin?", "body": "I have installed everything."}


@pytest.mark.parametrize("fixture", ["question_url", "answer_url"])
def test_votes_are_limited(
    limited_app: Flask, request: pytest.FixtureRequest, fixture: str
) -> None:
    url = f"{request.getfixturevalue(fixture)}/vote"
    cid = logged_in_client(limited_app, "Cid")

    statuses = [
        cid.put(url, json={"value": number % 2}).status_code
        for number in range(VOTE_RATE_LIMIT.per_minute + 1)
    ]

    assert statuses == [200] * VOTE_RATE_LIMIT.per_minute + [429]


def test_edits_deletions_and_acceptances_share_a_limit(
    limited_app: Flask, question_url: str, answer_url: str
) -> None:
    ann = logged_in_client(limited_app)
    for _number in range(CHANGE_RATE_LIMIT.per_minute - 1):
        ann.patch(question_url, json={"body": "Changed."})

    statuses = [
        ann.put(f"{question_url}/accept", json={"answer_id": None}).status_code,
        ann.delete(question_url).status_code,
        ann.delete(answer_url).status_code,
        ann.patch(answer_url, json={"body": "Changed."}).status_code,
    ]

    assert statuses == [200, 429, 429, 429]


def test_every_route_that_changes_data_has_a_limit(
    limited_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited_app.config["WTF_CSRF_ENABLED"] = False  # [template] if forms
    count = Mock(wraps=limiter.storage.incr)
    monkeypatch.setattr(limiter.storage, "incr", count)
    unlimited = set()
    for rule in limited_app.url_map.iter_rules():
        path = re.sub("<.+?>", "1", rule.rule)
        for method in WRITE_METHODS & (rule.methods or set()):
            count.reset_mock()
            logged_in_client(limited_app).open(path, method=method)
            if not count.called:
                unlimited.add(rule.endpoint)

    assert unlimited == LOGOUT_ENDPOINTS


def test_searches_through_the_api_are_counted_by_member(limited_app: Flask) -> None:
    visitor, ann = limited_app.test_client(), logged_in_client(limited_app)
    for _ in range(SEARCH_RATE_LIMIT.per_minute):
        visitor.get("/api/v1/questions?q=x")

    statuses = [client.get("/api/v1/questions?q=x").status_code for client in (visitor, ann)]

    assert statuses == [429, 200]


def test_search_with_an_invalid_token_is_rejected(limited_app: Flask) -> None:
    header = {"Authorization": "Bearer invalid"}

    response = limited_app.test_client().get("/api/v1/questions?q=x", headers=header)

    assert response.status_code == 401


def test_member_has_one_limit_from_several_networks(limited_app: Flask) -> None:
    ann = logged_in_client(limited_app)

    statuses = [
        ann.post(
            "/api/v1/questions",
            json=QUESTION,
            environ_overrides={"REMOTE_ADDR": f"203.0.{number}.7"},
        ).status_code
        for number in range(ASK_RATE_LIMIT.per_minute + 1)
    ]

    assert statuses == [201] * ASK_RATE_LIMIT.per_minute + [429]


def test_members_in_one_network_have_separate_limits(limited_app: Flask) -> None:
    ann, bob = logged_in_client(limited_app), logged_in_client(limited_app, "Bob")
    for _ in range(ASK_RATE_LIMIT.per_minute + 1):
        ann.post("/api/v1/questions", json=QUESTION)

    assert bob.post("/api/v1/questions", json=QUESTION).status_code == 201
