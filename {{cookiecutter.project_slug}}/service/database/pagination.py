"""Keyset pagination: a page starts after a row of the list, or ends before one.

Unlike an offset, a cursor is as fast on the last page as on the first, and no row appears twice
when others are added in between (https://use-the-index-luke.com/no-offset).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, or_, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from service.database.columns import MAX_ID, UTCDateTime
from service.extensions import db

Column = InstrumentedAttribute[Any]

CURSOR = re.compile(r"-?[0-9]{1,16}(\.-?[0-9]{1,16})*", re.ASCII)
# The values that every database can store in an id, an integer and a timestamp.
ID_RANGE = range(MAX_ID + 1)
INTEGER_RANGE = range(-MAX_ID - 1, MAX_ID + 1)
TIMESTAMP_RANGE = range(int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) + 1)


@dataclass(frozen=True)
class Cursor:
    """The position of a row in a list: its values in the columns of the list's order."""

    values: tuple[datetime | int, ...]

    def __str__(self) -> str:
        """Return the cursor as it appears in a URL: integers, seconds since 1970 for a time."""
        return ".".join(
            str(int(value.timestamp()) if isinstance(value, datetime) else value)
            for value in self.values
        )


@dataclass(frozen=True)
class PageRequest:
    """A request for up to `limit` rows after or before a cursor; for the first ones without."""

    limit: int
    after: Cursor | None = None
    before: Cursor | None = None


@dataclass(frozen=True)
class Page:
    """One page of a list, with the cursors to request its neighbours.

    `next` is `None` on the last page, and `previous` on the first. If the list is not complete,
    rows are missing on its last page.
    """

    items: Sequence[Any]
    next: Cursor | None = None
    previous: Cursor | None = None
    is_complete: bool = True


@dataclass(frozen=True)
class Order:
    """The order of a list: integer and timestamp columns, the last one unique.

    Subclasses override the methods for cursors with other values, or to sort the rows in Python.
    """

    columns: tuple[Column, ...]
    descending: bool = False

    def parse_cursor(self, text: str) -> Cursor:
        """Return the cursor with this text. Raises `ValueError` for the text of another order."""
        numbers = text.split(".") if CURSOR.fullmatch(text) else []
        if len(numbers) != len(self.columns):
            raise ValueError("invalid cursor")
        return Cursor(tuple(map(column_value, self.columns, map(int, numbers))))

    def cursor(self, row: Any) -> Cursor:
        """Return the position of the row."""
        return Cursor(tuple(getattr(row, column.key) for column in self.columns))

    def read_rows(self, query: Select[Any], cursor: Cursor | None, limit: int) -> Sequence[Any]:
        """Return the first rows of the query that come after the cursor, in this order."""
        if cursor:
            condition = keyset_condition(self.columns, cursor.values, descending=self.descending)
            query = query.where(condition)
        columns = [column.desc() if self.descending else column for column in self.columns]
        # SQLAlchemy requires `unique` if a query loads a collection with a join.
        return db.session.scalars(query.order_by(*columns).limit(limit)).unique().all()

    def paginate(self, query: Select[Any], request: PageRequest) -> Page:
        """Return a page of the entities that the query selects."""
        cursor = request.before or request.after
        direction = replace(self, descending=not self.descending) if request.before else self
        # One row more than the page needs shows whether there is another page.
        rows = direction.read_rows(query, cursor, request.limit + 1)
        items, has_more = rows[: request.limit], len(rows) > request.limit
        if request.before:
            items = items[::-1]
        # From an empty page, its own cursor leads back.
        first = self.cursor(items[0]) if items else cursor
        last = self.cursor(items[-1]) if items else cursor
        if request.before:
            return Page(items, next=last, previous=first if has_more else None)
        previous = first if request.after else None
        return Page(items, next=last if has_more else None, previous=previous)

    def request_page_with(self, row: Any, query: Select[Any], limit: int) -> PageRequest:
        """Return the request for a page with this row of the list.

        It is the first page, or else the page that starts with the row.
        """
        rows_before = self.paginate(query, PageRequest(limit, before=self.cursor(row))).items
        if len(rows_before) < limit:
            return PageRequest(limit)
        return PageRequest(limit, after=self.cursor(rows_before[-1]))


def keyset_condition(
    columns: Sequence[Column], values: Sequence[datetime | int], *, descending: bool
) -> ColumnElement[bool]:
    """Return the SQL condition for rows that come after the row with these values.

    It states the same twice, because no form alone is fast on every database: SQLite and PostgreSQL
    find the row in the index by `(a, b) < (x, y)`, MySQL and MariaDB by
    `a < x OR (a = x AND b < y)`. With another form, they read all rows with the same `a`.
    """
    row = tuple_(*columns)
    row_after = tuple_(
        *(literal(value, column.type) for column, value in zip(columns, values, strict=True))
    )
    return and_(
        row < row_after if descending else row > row_after,
        expanded_condition(columns, values, descending=descending),
    )


def expanded_condition(
    columns: Sequence[Column], values: Sequence[datetime | int], *, descending: bool
) -> ColumnElement[bool]:
    """Return the condition `a < x OR (a = x AND (b < y OR …))`; with `>` in ascending order."""
    column, value = columns[0], values[0]
    is_beyond = column < value if descending else column > value
    if len(columns) == 1:
        return is_beyond
    remaining = expanded_condition(columns[1:], values[1:], descending=descending)
    return or_(is_beyond, and_(column == value, remaining))


def column_value(column: Column, number: int) -> datetime | int:
    """Convert a number in a cursor to a value of the column.

    Raises `ValueError` for a number that the column cannot hold.
    """
    if number not in value_range(column):
        raise ValueError("invalid cursor")
    return datetime.fromtimestamp(number, UTC) if isinstance(column.type, UTCDateTime) else number


def value_range(column: Column) -> range:
    """Return the numbers in a cursor that the column can hold."""
    if isinstance(column.type, UTCDateTime):
        return TIMESTAMP_RANGE
    return ID_RANGE if column.primary_key else INTEGER_RANGE
