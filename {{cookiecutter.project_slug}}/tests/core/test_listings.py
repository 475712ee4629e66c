"""Lists, a page at a time, in any order; `tests/board/test_posts.py` lists what the board has."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam

from service.board.models import Question
from service.core.cursors import Cursor, Order
from service.core.listings import Listing
from service.extensions import db
from tests.conftest import MakeQuestion

START = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = [
    pytest.param((Question.created_at, Question.id), id="by time"),
    pytest.param((Question.answer_count, Question.id), id="by a number"),
    pytest.param((Question.answer_count, Question.created_at, Question.id), id="by three columns"),
    pytest.param((Question.id,), id="by the id alone"),
]


@pytest.fixture(autouse=True)
def _questions(app: Flask, make_question: MakeQuestion) -> None:
    """Keep questions of which some are equal in one column, or in two, on both sides of zero."""
    with app.app_context():
        db.session.add_all(
            make_question(
                title=f"Question {number}",
                body="So.",
                answer_count=number % 3 - 1,
                created_at=START + timedelta(seconds=number % 4),
            )
            for number in range(24)
        )
        db.session.commit()


def sorted_ids(order: Order, *, is_descending: bool) -> list[int]:
    """Return the ids of all questions as Python sorts them."""
    questions = db.session.scalars(db.select(Question)).all()

    def place(question: Question) -> list[Any]:
        return [getattr(question, column.key) for column in order]

    return [question.id for question in sorted(questions, key=place, reverse=is_descending)]


def paged_ids(listing: Listing, limit: int, **parameters: object) -> list[int]:
    """Return the ids of all pages, each from the cursor of the one before as it is written."""
    page = listing.page(None, limit, **parameters)
    seen = [row.id for row in page.items]
    while page.next:
        page = listing.page(Cursor.parse(str(page.next), listing.order), limit, **parameters)
        seen += [row.id for row in page.items]
    return seen


@pytest.mark.parametrize("limit", [1, 5, 24])
@pytest.mark.parametrize("is_descending", [True, False], ids=["descending", "ascending"])
@pytest.mark.parametrize("order", ORDERS)
def test_pages_show_every_row_once_in_the_order(
    app: Flask, order: Order, is_descending: bool, limit: int
) -> None:
    with app.app_context():
        seen = paged_ids(Listing(Question, order, is_descending), limit)

        assert seen == sorted_ids(order, is_descending=is_descending)


def test_pages_keep_to_every_condition(app: Flask) -> None:
    listing = Listing(Question, (Question.id,), is_descending=False).where(
        Question.answer_count == bindparam("count"), Question.created_at > START
    )
    narrower = listing.where(Question.created_at < START + timedelta(seconds=3))

    with app.app_context():
        questions = [db.session.get_one(Question, key) for key in paged_ids(narrower, 2, count=1)]

        assert {question.answer_count for question in questions} == {1}
        assert {(question.created_at - START).seconds for question in questions} == {1, 2}


def test_a_narrower_listing_leaves_the_wider_as_it_was(app: Flask) -> None:
    everything = Listing(Question, (Question.id,), is_descending=False)

    with app.app_context():
        everything.where(Question.answer_count == 0).page(None, 30)

        assert len(everything.page(None, 30).items) == 24


def test_a_row_shows_what_the_model_has_but_for_what_is_deferred(app: Flask) -> None:
    with app.app_context():
        [row] = Listing(Question, (Question.id,), is_descending=False).page(None, 1).items
        question = db.session.get_one(Question, row.id)

        shown = asdict(row)
        assert shown == {name: getattr(question, name) for name in shown}
        assert {"id", "title", "body", "answer_count"} <= shown.keys()
        assert "submission" not in shown
