"""Keyset pagination; `tests/board/test_posts.py` tests the lists of the board."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Select, select
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, relationship

from service.board.models import Answer, Question
from service.database.pagination import Cursor, Order, Page, PageRequest
from service.extensions import db
from tests.conftest import MakeAnswer, MakeQuestion

START = datetime(2026, 1, 1, tzinfo=UTC)
BY_TIME = Order((Question.created_at, Question.id))
BY_NUMBER = Order((Question.answer_count, Question.id))
BY_ID = Order((Question.id,))
ORDERS = [
    pytest.param((Question.created_at, Question.id), id="time"),
    pytest.param((Question.answer_count, Question.id), id="integer"),
    pytest.param((Question.answer_count, Question.created_at, Question.id), id="three columns"),
    pytest.param((Question.id,), id="id alone"),
]


class OtherBase(DeclarativeBase):
    """A base with its own registry, so that its classes do not change the models of the board."""


class OtherAnswer(OtherBase):
    """A second mapping of the table of answers."""

    __table__ = Answer.__table__


class JoinedQuestion(OtherBase):
    """A question that loads its answers with a join."""

    __table__ = Question.__table__
    answers = relationship(OtherAnswer, lazy="joined", viewonly=True)


class SelectinQuestion(OtherBase):
    """A question that loads its answers with a second statement."""

    __table__ = Question.__table__
    answers = relationship(OtherAnswer, lazy="selectin", viewonly=True)


@pytest.fixture
def questions(app: Flask, make_question: MakeQuestion) -> list[int]:
    """Return the ids of questions, some of which have equal times or answer counts."""
    with app.app_context():
        rows = [
            make_question(
                title=f"Question {number}",
                answer_count=number % 3 - 1,
                created_at=START + timedelta(seconds=number % 4),
            )
            for number in range(24)
        ]
        db.session.add_all(rows)
        db.session.commit()
        return [row.id for row in rows]


def sorted_ids(order: Order) -> list[int]:
    """Return the ids of all questions, sorted by Python."""

    def key(question: Question) -> list[Any]:
        return [getattr(question, column.key) for column in order.columns]

    rows = db.session.scalars(select(Question)).all()
    return [row.id for row in sorted(rows, key=key, reverse=order.descending)]


def paged_ids(query: Select[Any], order: Order, limit: int) -> list[int]:
    """Return the ids of all pages; each cursor is converted to text and parsed again."""
    page = order.paginate(query, PageRequest(limit))
    ids = [row.id for row in page.items]
    while page.next:
        after = order.parse_cursor(str(page.next))
        page = order.paginate(query, PageRequest(limit, after=after))
        ids += [row.id for row in page.items]
    return ids


@pytest.mark.usefixtures("questions")
@pytest.mark.parametrize("limit", [1, 5, 24])
@pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])
@pytest.mark.parametrize("columns", ORDERS)
def test_pages_show_every_row_once_in_order(
    app: Flask, columns: tuple[InstrumentedAttribute[Any], ...], descending: bool, limit: int
) -> None:
    order = Order(columns, descending)

    with app.app_context():
        assert paged_ids(select(Question), order, limit) == sorted_ids(order)


@pytest.mark.usefixtures("questions")
@pytest.mark.parametrize("limit", [1, 5, 24])
@pytest.mark.parametrize("descending", [True, False], ids=["descending", "ascending"])
@pytest.mark.parametrize("columns", ORDERS)
def test_pages_are_the_same_on_the_way_back(
    app: Flask, columns: tuple[InstrumentedAttribute[Any], ...], descending: bool, limit: int
) -> None:
    order = Order(columns, descending)

    with app.app_context():
        pages = [order.paginate(select(Question), PageRequest(limit))]
        while cursor := pages[-1].next:
            pages.append(order.paginate(select(Question), PageRequest(limit, after=cursor)))
        way_back = [pages[-1]]
        while cursor := way_back[-1].previous:
            request = PageRequest(limit, before=order.parse_cursor(str(cursor)))
            way_back.append(order.paginate(select(Question), request))

    assert way_back == pages[::-1]


@pytest.mark.usefixtures("questions")
@pytest.mark.parametrize("limit", [1, 5, 24])
def test_page_with_a_row_contains_it(app: Flask, limit: int) -> None:
    with app.app_context():
        for number, row_id in enumerate(sorted_ids(BY_NUMBER)):
            row = db.session.get_one(Question, row_id)
            request = BY_NUMBER.request_page_with(row, select(Question), limit)
            page = BY_NUMBER.paginate(select(Question), request)

            assert row in page.items
            assert (page.previous is None) == (number < limit)


def test_page_after_the_last_row_leads_back(app: Flask, questions: list[int]) -> None:
    with app.app_context():
        empty_page = BY_ID.paginate(select(Question), PageRequest(5, after=Cursor((2**31 - 1,))))
        page = BY_ID.paginate(select(Question), PageRequest(5, before=empty_page.previous))

    assert (list(empty_page.items), empty_page.next) == ([], None)
    assert [row.id for row in page.items] == questions[-5:]


def test_page_before_the_first_row_leads_back(app: Flask, questions: list[int]) -> None:
    with app.app_context():
        empty_page = BY_ID.paginate(select(Question), PageRequest(5, before=Cursor((0,))))
        page = BY_ID.paginate(select(Question), PageRequest(5, after=empty_page.next))

    assert (list(empty_page.items), empty_page.previous) == ([], None)
    assert [row.id for row in page.items] == questions[:5]


@pytest.mark.usefixtures("questions")
def test_pages_keep_the_conditions_of_the_query(app: Flask) -> None:
    query = select(Question).where(Question.answer_count == 1, Question.created_at > START)

    with app.app_context():
        rows = [db.session.get_one(Question, row_id) for row_id in paged_ids(query, BY_ID, 2)]

        assert {row.answer_count for row in rows} == {1}
        assert {(row.created_at - START).seconds for row in rows} == {1, 2, 3}


def test_last_page_has_no_cursor(app: Flask, questions: list[int]) -> None:
    with app.app_context():
        page = BY_ID.paginate(select(Question), PageRequest(len(questions)))

    assert page.next is None


def test_empty_list_has_no_cursor(app: Flask) -> None:
    with app.app_context():
        assert BY_ID.paginate(select(Question), PageRequest(5)) == Page([])


@pytest.mark.usefixtures("questions")
def test_pages_contain_entities(app: Flask) -> None:
    with app.app_context():
        [question] = BY_ID.paginate(select(Question), PageRequest(1)).items

        assert isinstance(question, Question)
        assert question in db.session


@pytest.fixture
def answers(app: Flask, question_id: int, make_answer: MakeAnswer) -> None:
    """Add two answers to the question with `question_id`."""
    with app.app_context():
        db.session.add_all(make_answer(question_id, body=body) for body in ("So.", "Or so."))
        db.session.commit()


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(("model", "count"), [(JoinedQuestion, 1), (SelectinQuestion, 2)])
def test_pages_load_a_relationship_of_the_model(
    app: Flask, statements: list[str], model: Any, count: int
) -> None:
    with app.app_context():
        page = Order((model.id,)).paginate(select(model), PageRequest(3))
        bodies = [{answer.body for answer in row.answers} for row in page.items]

    assert bodies == [{"So.", "Or so."}]
    assert len([text for text in statements if text.startswith("SELECT")]) == count


@pytest.mark.parametrize(
    ("order", "values"),
    [
        pytest.param(BY_TIME, (datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC), 1), id="clock change"),
        pytest.param(BY_TIME, (datetime(1970, 1, 1, tzinfo=UTC), 2**31 - 1), id="first time"),
        pytest.param(BY_TIME, (datetime(9999, 12, 31, tzinfo=UTC), 7), id="last year"),
        pytest.param(BY_NUMBER, (0, 1), id="zero"),
        pytest.param(BY_NUMBER, (2**31 - 1, 2**31 - 1), id="largest integer"),
        pytest.param(BY_NUMBER, (-(2**31), 1), id="smallest integer"),
        pytest.param(BY_ID, (7,), id="one column"),
    ],
)
def test_parsed_cursor_equals_the_original(order: Order, values: tuple[datetime | int]) -> None:
    cursor = Cursor(values)

    assert order.parse_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "1", "1.", ".1", "1.2.3", "-1.1", "1.-1", "+1.1", " 1.1", "1.1\n", "1e3.1", "٣.٣",
        "1.9999999999", "1.2147483648", "999999999999.1", "9" * 5000 + ".1", "1' OR '1'='1.1",
        "null", "\x00", "--1.1", "1.1.", "253402300800.1",
    ],
)  # fmt: skip
def test_malformed_time_cursor_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="invalid cursor"):
        BY_TIME.parse_cursor(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2147483648.1", id="above the largest integer"),
        pytest.param("-2147483649.1", id="below the smallest integer"),
        pytest.param("1767225600000.1", id="too many digits"),
        pytest.param("5.2147483648", id="above the largest id"),
        pytest.param("5.-1", id="negative id"),
        pytest.param("5", id="too few numbers"),
        pytest.param("5.5.5", id="too many numbers"),
    ],
)
def test_malformed_integer_cursor_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="invalid cursor"):
        BY_NUMBER.parse_cursor(text)


@pytest.mark.parametrize("cursor", ["253402300799.2147483647", "0.0", "0.2147483647"])
def test_database_accepts_the_smallest_and_largest_cursor(client: FlaskClient, cursor: str) -> None:
    assert client.get(f"/api/v1/questions?after={cursor}").status_code == 200
