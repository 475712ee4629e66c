"""Visitors and members."""

from collections.abc import Callable

import pytest
from flask import Flask

from service.accounts import members
from service.accounts.access import new_access_token
from service.accounts.sessions import open_session
from service.board.models import Question
from service.core.columns import now
from service.extensions import db
from tests.accounts.people import kept_member
from tests.conftest import MakeAnswer
from tests.members.visitor import PASSWORD, Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Make somebody who is no member yet."""
    return Visitor(app)


@pytest.fixture
def make_member(app: Flask) -> Callable[[str], Visitor]:
    """Make members, each at a browser in which they have logged in."""

    def make(name: str) -> Visitor:
        with app.app_context():
            member = members.register(f"{name.casefold()}@example.com", name, PASSWORD)
            session = open_session(member.id, "a test", "127.0.0.0/24", now())
            cookies = {"access": new_access_token(session), "refresh": session.refresh_token}
        return Visitor(app, cookies)

    return make


@pytest.fixture
def bea(make_member: Callable[[str], Visitor]) -> Visitor:
    """Make a member who is logged in."""
    return make_member("Bea")


@pytest.fixture
def answer_id(app: Flask, question_id: int, make_answer: MakeAnswer) -> int:
    """Answer Ann's question as Bob."""
    with app.app_context():
        answer = make_answer(question_id, author_id=kept_member("Bob"))
        db.session.add(answer)
        db.session.get_one(Question, question_id).answer_count += 1
        db.session.commit()
        return answer.id
