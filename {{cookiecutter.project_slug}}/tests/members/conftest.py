"""Visitors and members."""

from collections.abc import Callable

import pytest
from flask import Flask

from service.board.models import Question
from service.extensions import db
from tests.accounts.people import kept_member
from tests.conftest import MakeAnswer
from tests.members.visitor import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Make somebody who is no member yet."""
    return Visitor(app)


@pytest.fixture
def make_member(app: Flask) -> Callable[[str], Visitor]:
    """Make members, each at a browser in which they have just registered."""

    def make(name: str) -> Visitor:
        member = Visitor(app)
        assert member.register(name).status_code == 303
        return member

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
