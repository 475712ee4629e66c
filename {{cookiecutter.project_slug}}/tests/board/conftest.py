"""Questions and answers for the tests of the board."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from flask import Flask

from service.board.markdown import render_markdown
from service.board.models import Question
from service.board.rules import BODY
from service.extensions import db
from tests.conftest import MakeAnswer, MakeQuestion

ORDINARY_TEXT = "Some *words* with `code` and a [link](http://a.org), again and again.\n\n"
START_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ask_many(app: Flask, make_question: MakeQuestion) -> Callable[[int], list[int]]:
    """Return a function that adds questions, three per second, and returns their ids."""

    def ask(count: int) -> list[int]:
        times = [START_TIME + timedelta(seconds=number // 3) for number in range(count)]
        with app.app_context():
            rows = [make_question(created_at=time) for time in times]
            db.session.add_all(rows)
            db.session.commit()
            return [row.id for row in rows]

    return ask


@pytest.fixture
def answer_many(
    app: Flask, question_id: int, make_answer: MakeAnswer
) -> Callable[[int], list[int]]:
    """Return a function that adds answers, three per second, and returns their ids."""

    def answer(count: int) -> list[int]:
        times = [START_TIME + timedelta(seconds=number // 3) for number in range(count)]
        with app.app_context():
            rows = [make_answer(question_id, created_at=time) for time in times]
            db.session.add_all(rows)
            db.session.get_one(Question, question_id).answer_count += count
            db.session.commit()
            return [row.id for row in rows]

    return answer


def cpu_seconds(work: Callable[[], object], limit: float) -> float:
    """Return the CPU time of the work: the first of three times below the limit, or the last."""
    for _ in range(3):
        start = process_time()
        work()
        seconds = process_time() - start
        if seconds < limit:
            break
    return seconds


@pytest.fixture(scope="session")
def limit() -> float:
    """Return ten times the CPU time of rendering an ordinary text of the greatest length."""
    text = ORDINARY_TEXT * (BODY.maximum // len(ORDINARY_TEXT))

    def render() -> None:
        render_markdown(text)

    return 10 * cpu_seconds(render, 0)
