"""How often members may vote, and who is counted with whom."""

import pytest
from flask import Flask

from service.board.rules import ASKING
from service.community.rules import VOTING
from tests.accounts.people import client_of_member

pytestmark = pytest.mark.slow

QUESTION = {"title": "How do I begin?", "body": "I have no idea."}


@pytest.mark.parametrize("post", ["question", "answer"])
def test_votes_have_a_limit(limited: Flask, request: pytest.FixtureRequest, post: str) -> None:
    """R6.08."""
    address = f"{request.getfixturevalue(post)}/vote"
    cid = client_of_member(limited, "Cid")

    sent = [
        cid.put(address, json={"value": number % 2}).status_code
        for number in range(VOTING.per_minute + 1)
    ]

    assert sent == [200] * VOTING.per_minute + [429]


def test_a_member_is_one_from_wherever_they_ask(limited: Flask) -> None:
    """R6.08."""
    ann = client_of_member(limited)

    sent = [
        ann.post(
            "/api/v1/questions",
            json=QUESTION,
            environ_overrides={"REMOTE_ADDR": f"203.0.{number}.7"},
        ).status_code
        for number in range(ASKING.per_minute + 1)
    ]

    assert sent == [201] * ASKING.per_minute + [429]


def test_members_of_one_network_are_counted_apart(limited: Flask) -> None:
    """R6.08."""
    ann, bob = client_of_member(limited), client_of_member(limited, "Bob")
    for _ in range(ASKING.per_minute + 1):
        ann.post("/api/v1/questions", json=QUESTION)

    assert bob.post("/api/v1/questions", json=QUESTION).status_code == 201
