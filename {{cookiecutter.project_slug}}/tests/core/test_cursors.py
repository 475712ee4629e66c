"""Cursors as they stand in addresses; `tests/board/test_posts.py` pages with them."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from service.core.cursors import Cursor


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param(Cursor(datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC), 1), id="a spring night"),
        pytest.param(Cursor(datetime(1970, 1, 1, tzinfo=UTC), 2**31 - 1), id="the first moment"),
        pytest.param(Cursor(datetime(9999, 12, 31, tzinfo=UTC), 7), id="the last year"),
    ],
)
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "1", "1.", ".1", "1.2.3", "-1.1", "1.-1", "+1.1", " 1.1", "1.1\n", "1e3.1", "٣.٣",
        "1.9999999999", "1.2147483648", "999999999999.1", "9" * 5000 + ".1", "1' OR '1'='1.1",
        "null", "\x00",
    ],
)  # fmt: skip
def test_anything_else_is_no_cursor(text: str) -> None:
    """H05."""
    with pytest.raises(ValueError, match=r"not a cursor|out of range"):
        Cursor.parse(text)


@pytest.mark.parametrize("cursor", ["253402300799.2147483647", "0.0", "0.2147483647"])
def test_a_cursor_from_the_edge_of_time_is_answered(client: FlaskClient, cursor: str) -> None:
    assert client.get(f"/api/v1/questions?after={cursor}").status_code == 200
