"""Column types."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy.exc import StatementError

from service.core.columns import now
from service.extensions import db
from tests.conftest import MakeQuestion

NOON_IN_SEOUL = datetime(2026, 7, 1, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=9)))


def test_a_time_comes_back_in_utc_to_the_second(app: Flask, make_question: MakeQuestion) -> None:
    """R7.10."""
    with app.app_context():
        question = make_question(title="When?", body="Now.", created_at=NOON_IN_SEOUL)
        db.session.add(question)
        db.session.commit()
        db.session.expire_all()

        kept = question.created_at

    assert kept == datetime(2026, 7, 1, 3, tzinfo=UTC)
    assert kept.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(app: Flask, make_question: MakeQuestion) -> None:
    """R7.10."""
    naive = NOON_IN_SEOUL.replace(tzinfo=None)

    with app.app_context():
        db.session.add(make_question(title="When?", body="Now.", created_at=naive))
        with pytest.raises(StatementError, match="without a zone"):
            db.session.flush()


def test_now_knows_its_zone() -> None:
    assert now().tzinfo is UTC


def test_the_widest_characters_are_kept_in_every_column(
    app: Flask, make_question: MakeQuestion
) -> None:
    """R6.04."""
    with app.app_context():
        question = make_question(title="😀" * 200, body="😀" * 20_000)
        db.session.add(question)
        db.session.commit()
        db.session.expire_all()

        assert (question.title, question.body) == ("😀" * 200, "😀" * 20_000)
