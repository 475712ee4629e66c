"""Paging by cursor: a page begins after the last row of the one before.

Unlike an offset, it costs the same on the last page as on the first, and shows no row twice
when rows are added meanwhile (https://use-the-index-luke.com/no-offset).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select

from service.core.columns import Row
from service.core.fields import Translated
from service.core.ids import LARGEST_ID
from service.extensions import db

CURSOR = re.compile(r"([0-9]{1,12})\.([0-9]{1,10})", re.ASCII)


@dataclass(frozen=True)
class Cursor:
    """The place of one row in a list that is ordered by a time and an id."""

    moment: datetime
    id: int

    def __str__(self) -> str:
        """Return the cursor as it stands in an address."""
        return f"{int(self.moment.timestamp())}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor that `str` wrote; raise `ValueError` for anything else."""
        match = CURSOR.fullmatch(text)
        if not match or int(match[2]) > LARGEST_ID:
            raise ValueError("not a cursor")
        try:
            return cls(datetime.fromtimestamp(int(match[1]), UTC), int(match[2]))
        except (OverflowError, OSError) as error:
            raise ValueError("not a cursor") from error


AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True)
class Page(Generic[AnyRow]):
    """Some rows of a list, and the cursor of those that follow; None after the last one."""

    items: Sequence[AnyRow]
    next: Cursor | None


class CursorField(Translated, fields.String):
    """The query parameter `after`."""

    default_error_messages = {
        "not_a_cursor": _l("This is no cursor: take `next` from the page before."),
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        try:
            return Cursor.parse(text or "")
        except ValueError as error:
            raise self.make_error("not_a_cursor") from error


class Listing(Generic[AnyRow]):
    """The rows of a model in the order of time, a page at a time."""

    def __init__(self, model: type[AnyRow], *, newest_first: bool) -> None:
        """Make the statement `all`, to which whoever lists adds conditions."""
        order = (model.created_at, model.id)
        # Made once: to put a statement together takes a fifth of the time of running it.
        self._following = following(model, newest_first=newest_first)
        self.all: Select[AnyRow] = select(model).order_by(
            *(column.desc() if newest_first else column for column in order)
        )

    def page(self, statement: Select[AnyRow], after: Cursor | None, limit: int) -> Page[AnyRow]:
        """Return the `limit` rows of the statement that follow the cursor; None means the first."""
        place = {}
        if after:
            statement = statement.where(self._following)
            place = {"after_moment": after.moment, "after_id": after.id}
        # One row more tells whether there is another page, and no rows are counted.
        rows = db.session.scalars(statement.limit(limit + 1), place).all()
        items = rows[:limit]
        has_more = len(rows) > limit
        return Page(items, Cursor(items[-1].created_at, items[-1].id) if has_more else None)


def following(model: type[Row], *, newest_first: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes after `:after_moment` and `:after_id`.

    It begins with a plain bound on the time, so that every database walks the index from there:
    some read the whole table for `(a, b) < (x, y)`, others for `a < x OR (a = x AND b < y)`.
    """
    moment, key = model.created_at, model.id
    after_moment = bindparam("after_moment", type_=moment.type)
    after_key = bindparam("after_id", type_=key.type)
    if newest_first:
        return and_(moment <= after_moment, or_(moment < after_moment, key < after_key))
    return and_(moment >= after_moment, or_(moment > after_moment, key > after_key))
