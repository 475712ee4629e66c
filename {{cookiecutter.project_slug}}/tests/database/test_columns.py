"""Column types, and the columns of the models."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import inspect, select
from sqlalchemy.exc import StatementError

from service.board.models import Question
from service.database.columns import now
from service.extensions import db
from tests.conftest import MakeQuestion

NOON_IN_SEOUL = datetime(2026, 7, 1, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=9)))


def test_time_is_stored_in_utc_to_the_second(app: Flask, make_question: MakeQuestion) -> None:
    with app.app_context():
        question = make_question(created_at=NOON_IN_SEOUL)
        db.session.add(question)
        db.session.commit()
        db.session.expire_all()

        stored = question.created_at

    assert stored == datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert stored.tzinfo is UTC


def test_naive_time_is_rejected(app: Flask, make_question: MakeQuestion) -> None:
    naive = NOON_IN_SEOUL.replace(tzinfo=None)

    with app.app_context():
        db.session.add(make_question(created_at=naive))
        with pytest.raises(StatementError, match=r"use datetime.now\(UTC\)"):
            db.session.flush()


def test_now_is_in_utc() -> None:
    assert now().tzinfo is UTC


def test_longest_texts_of_four_byte_characters_are_stored(
    app: Flask, make_question: MakeQuestion
) -> None:
    with app.app_context():
        question = make_question(title="😀" * 200, body="😀" * 20_000)
        db.session.add(question)
        db.session.commit()
        db.session.expire_all()

        assert (question.title, question.body) == ("😀" * 200, "😀" * 20_000)


def test_strings_are_compared_case_sensitively(app: Flask, make_question: MakeQuestion) -> None:
    with app.app_context():
        db.session.add(make_question(title="Case"))
        db.session.commit()

        assert db.session.scalar(select(Question).where(Question.title == "case")) is None


def test_id_is_the_first_column(app: Flask) -> None:
    with app.app_context():
        names = [item["name"] for item in inspect(db.engine).get_columns("question")]

    assert names[0] == "id"
