"""A browser in which somebody types."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.extensions import db
from tests.page import Page


@pytest.fixture
def question_id(app: Flask) -> int:
    """Ask a question without an answer."""
    with app.app_context():
        question = Question(title="How do I begin?", body="I have installed everything.")
        db.session.add(question)
        db.session.commit()
        return question.id


@pytest.fixture
def blank(client: FlaskClient) -> dict[str, str]:
    """Open the form of a question, and give what its hidden fields hold."""
    fields = Page(client.get("/main/question").text).fields
    return {name: fields[name] for name in ("csrf_token", "submission")}


@pytest.fixture
def filled(blank: dict[str, str]) -> dict[str, str]:
    """Fill in the form of a question."""
    return {**blank, "title": "Why is it so?", "body": "one\ntwo & <three>"}
