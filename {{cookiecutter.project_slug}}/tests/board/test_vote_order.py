"""The order by votes; `tests/community/test_votes.py` reads lists while members vote."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from service.board.models import Question
from service.board.vote_order import VoteCursor, now_in_microseconds, order_by_votes
from service.database.columns import now
from service.database.pagination import Page, PageRequest
from service.extensions import db
from tests.conftest import MakeQuestion

VOTES = order_by_votes(Question)
MINUTE = 60 * 1_000_000
ListAfter = Callable[[int], Page]


@pytest.fixture
def list_after(app: Flask, make_question: MakeQuestion) -> ListAfter:
    """Return a function that lists the posts after the score 9 for a reader who opened the list.

    There are two questions below: one has never lost votes, the other lost some 30 minutes ago.
    """
    with app.app_context():
        moved_down_at = now_in_microseconds() - 30 * MINUTE
        db.session.add(make_question(title="Has stayed", score=5))
        db.session.add(make_question(title="Has moved", score=4, moved_down_at=moved_down_at))
        db.session.commit()

    def list_page(minutes_ago: int) -> Page:
        opened_at = now_in_microseconds() - minutes_ago * MINUTE
        cursor = VoteCursor((9, now(), 1), opened_at)
        with app.app_context():
            return VOTES.paginate(select(Question), PageRequest(1, after=cursor))

    return list_page


@pytest.mark.parametrize(
    ("minutes_ago", "has_next"),
    [
        pytest.param(29, True, id="opened after the move"),
        pytest.param(31, False, id="opened before the move"),
        pytest.param(59, False, id="an hour is not over"),
        pytest.param(61, True, id="opened over an hour ago"),
        pytest.param(-1, True, id="opened in the future"),
    ],
)
def test_post_that_has_moved_down_since_the_list_was_opened_is_left_out_for_an_hour(
    list_after: ListAfter, minutes_ago: int, has_next: bool
) -> None:
    page = list_after(minutes_ago)

    assert [question.title for question in page.items] == ["Has stayed"]
    assert (page.next is not None) == has_next


def test_cursors_keep_the_time_at_which_the_list_was_opened(list_after: ListAfter) -> None:
    page = list_after(29)

    assert page.next
    assert page.previous
    age = now_in_microseconds() - int(str(page.next).rpartition(".")[2])
    assert 29 * MINUTE <= age < 35 * MINUTE
    assert str(page.next).rpartition(".")[2] == str(page.previous).rpartition(".")[2]
