"""A question of Ann's with an answer of Bob's."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.extensions import db
from tests.accounts.people import client_of_member, kept_member
from tests.conftest import MakeAnswer


@pytest.fixture
def ann(app: Flask) -> FlaskClient:
    """Log in who asked."""
    return client_of_member(app)


@pytest.fixture
def bob(app: Flask) -> FlaskClient:
    """Log in who answered."""
    return client_of_member(app, "Bob")


@pytest.fixture
def answer_id(app: Flask, question_id: int, make_answer: MakeAnswer) -> int:
    """Answer the question as Bob."""
    with app.app_context():
        answer = make_answer(question_id, author_id=kept_member("Bob"))
        db.session.add(answer)
        db.session.get_one(Question, question_id).answer_count += 1
        db.session.commit()
        return answer.id


@pytest.fixture
def question(question_id: int) -> str:
    """Give the address of the question in the API."""
    return f"/api/v1/questions/{question_id}"


@pytest.fixture
def answer(question: str, answer_id: int) -> str:
    """Give the address of the answer in the API."""
    return f"{question}/answers/{answer_id}"
