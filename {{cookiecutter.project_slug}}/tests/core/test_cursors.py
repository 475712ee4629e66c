"""Cursors as they stand in addresses; `test_listings.py` pages with them."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from service.board.models import Question
from service.core.cursors import Cursor, Order

BY_TIME = (Question.created_at, Question.id)
BY_NUMBER = (Question.answer_count, Question.id)


@pytest.mark.parametrize(
    ("order", "values"),
    [
        pytest.param(BY_TIME, (datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC), 1), id="spring night"),
        pytest.param(BY_TIME, (datetime(1970, 1, 1, tzinfo=UTC), 2**31 - 1), id="first moment"),
        pytest.param(BY_TIME, (datetime(9999, 12, 31, tzinfo=UTC), 7), id="last year"),
        pytest.param(BY_NUMBER, (0, 1), id="nothing"),
        pytest.param(BY_NUMBER, (2**31 - 1, 2**31 - 1), id="largest number"),
        pytest.param(BY_NUMBER, (-(2**31), 1), id="smallest number"),
        pytest.param((Question.id,), (7,), id="one column"),
    ],
)
def test_a_cursor_is_read_as_it_was_written(order: Order, values: tuple[datetime | int]) -> None:
    cursor = Cursor(values)

    assert Cursor.parse(str(cursor), order) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "1", "1.", ".1", "1.2.3", "-1.1", "1.-1", "+1.1", " 1.1", "1.1\n", "1e3.1", "٣.٣",
        "1.9999999999", "1.2147483648", "999999999999.1", "9" * 5000 + ".1", "1' OR '1'='1.1",
        "null", "\x00", "--1.1", "1.1.", "253402300800.1",
    ],
)  # fmt: skip
def test_anything_else_is_no_cursor(text: str) -> None:
    """H05."""
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.parse(text, BY_TIME)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2147483648.1", id="above the largest number"),
        pytest.param("-2147483649.1", id="below the smallest number"),
        pytest.param("1767225600000.1", id="too many digits"),
        pytest.param("5.2147483648", id="above the largest id"),
        pytest.param("5.-1", id="negative id"),
        pytest.param("5", id="too few numbers"),
        pytest.param("5.5.5", id="too many numbers"),
    ],
)
def test_a_number_that_no_column_holds_is_no_cursor(text: str) -> None:
    """H05, R6.03."""
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.parse(text, BY_NUMBER)


@pytest.mark.parametrize("cursor", ["253402300799.2147483647", "0.0", "0.2147483647"])
def test_a_cursor_from_the_edge_of_time_is_answered(client: FlaskClient, cursor: str) -> None:
    assert client.get(f"/api/v1/questions?after={cursor}").status_code == 200
