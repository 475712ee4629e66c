"""Ann, who asked a question, and Bob, who answered it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.extensions import db
from tests.accounts.people import ensure_member_id, logged_in_client
from tests.conftest import MakeAnswer


@pytest.fixture
def ann(app: Flask) -> FlaskClient:
    """Return a test client in which Ann is logged in, the author of the question."""
    return logged_in_client(app)


@pytest.fixture
def bob(app: Flask) -> FlaskClient:
    """Return a test client in which Bob is logged in, the author of the answer."""
    return logged_in_client(app, "Bob")


@pytest.fixture
def answer_id(app: Flask, question_id: int, make_answer: MakeAnswer) -> int:
    """Return the id of Bob's answer to Ann's question."""
    with app.app_context():
        answer = make_answer(question_id, author_id=ensure_member_id("Bob"))
        db.session.add(answer)
        db.session.get_one(Question, question_id).answer_count += 1
        db.session.commit()
        return answer.id


@pytest.fixture
def question_url(question_id: int) -> str:
    """Return the URL of Ann's question in the API."""
    return f"/api/v1/questions/{question_id}"


@pytest.fixture
def answer_url(question_url: str, answer_id: int) -> str:
    """Return the URL of Bob's answer in the API."""
    return f"{question_url}/answers/{answer_id}"
