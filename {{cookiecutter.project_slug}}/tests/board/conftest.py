"""A board with something on it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from service.board.models import Question
from service.extensions import db
from tests.conftest import MakeAnswer, MakeQuestion

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ask_many(app: Flask, make_question: MakeQuestion) -> Callable[[int], list[int]]:
    """Ask questions, three in each second, and give their ids in that order."""

    def ask(count: int) -> list[int]:
        moments = [START + timedelta(seconds=number // 3) for number in range(count)]
        with app.app_context():
            rows = [make_question(created_at=at) for at in moments]
            db.session.add_all(rows)
            db.session.commit()
            return [row.id for row in rows]

    return ask


@pytest.fixture
def answer_many(
    app: Flask, question_id: int, make_answer: MakeAnswer
) -> Callable[[int], list[int]]:
    """Answer the question, three times in each second, and give the ids in that order."""

    def answer(count: int) -> list[int]:
        moments = [START + timedelta(seconds=number // 3) for number in range(count)]
        with app.app_context():
            rows = [make_answer(question_id, created_at=at) for at in moments]
            db.session.add_all(rows)
            db.session.get_one(Question, question_id).answer_count += count
            db.session.commit()
            return [row.id for row in rows]

    return answer
