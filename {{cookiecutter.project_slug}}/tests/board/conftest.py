"""A board with something on it."""

import pytest
from flask import Flask

from service.board.models import Question
from service.extensions import db


@pytest.fixture
def question_id(app: Flask) -> int:
    """Ask a question without an answer."""
    with app.app_context():
        question = Question(title="How do I begin?", body="I have installed everything.")
        db.session.add(question)
        db.session.commit()
        return question.id
