"""Browsers of visitors and members, and a question with an answer."""

from collections.abc import Callable

import pytest
from flask import Flask

from service.accounts import authentication
from service.accounts.principal import session_access_token
from service.accounts.sessions import create_session
from service.board.models import Question
from service.database.columns import now
from service.extensions import db
from tests.accounts.people import ensure_member_id
from tests.conftest import MakeAnswer
from tests.members.browser import PASSWORD, Browser

MakeMemberBrowser = Callable[[str], Browser]


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Return a browser that is not logged in."""
    return Browser(app)


@pytest.fixture
def make_member_browser(app: Flask) -> MakeMemberBrowser:
    """Return a function that registers a member and returns a browser of this member."""

    def make(name: str) -> Browser:
        with app.app_context():
            member = authentication.register(f"{name.casefold()}@example.com", name, PASSWORD)
            session = create_session(member.id, "a test", "127.0.0.0/24", now())
            cookies = {"access": session_access_token(session), "refresh": session.refresh_token}
        return Browser(app, cookies)

    return make


@pytest.fixture
def bea(make_member_browser: MakeMemberBrowser) -> Browser:
    """Return a browser that is logged in as the member Bea."""
    return make_member_browser("Bea")


@pytest.fixture
def answer_id(app: Flask, question_id: int, make_answer: MakeAnswer) -> int:
    """Return the id of Bob's answer to Ann's question."""
    with app.app_context():
        answer = make_answer(question_id, author_id=ensure_member_id("Bob"))
        db.session.add(answer)
        db.session.get_one(Question, question_id).answer_count += 1
        db.session.commit()
        return answer.id
