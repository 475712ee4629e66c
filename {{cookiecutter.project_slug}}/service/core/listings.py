"""Lists, a page at a time: a page begins after the last row of the one before.

Unlike an offset, a cursor costs the same on the last page as on the first, and shows no row twice
when rows are added meanwhile (https://use-the-index-luke.com/no-offset).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, make_dataclass, replace
from functools import cache, cached_property
from itertools import starmap
from typing import Any, Self

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from service.core.columns import Row
from service.core.cursors import Cursor, Order
from service.extensions import db


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the cursor of those that follow; None after the last one."""

    items: Sequence[Any]
    next: Cursor | None


@cache
def kind_of_rows(model: type[Row]) -> type[Any]:
    """Return what a list makes of each row: the model's attributes, except those deferred there.

    An entity, which also knows its session and what has changed, takes four times as long.
    """
    attributes = inspect(model).column_attrs
    names = [attribute.key for attribute in attributes if not attribute.deferred]
    return make_dataclass(model.__name__, names, slots=True)


@dataclass(frozen=True, eq=False)
class Listing:
    """The rows of a model in one order.

    A listing is made once, and its statements with it: to put one together takes as long as to
    run it.
    """

    model: type[Row]
    order: Order
    is_descending: bool
    conditions: tuple[ColumnElement[bool], ...] = ()

    def where(self, *conditions: ColumnElement[bool]) -> Self:
        """Return the listing of those rows that meet the conditions, too."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def page(self, after: Cursor | None, limit: int, **parameters: object) -> Page:
        """Return the `limit` rows that follow the cursor; None means the first.

        `parameters` are those that the conditions name.
        """
        # One row more tells whether there is another page, and no rows are counted.
        parameters["limit"] = limit + 1
        if after:
            parameters |= zip(map(place_name, self.order), after.values, strict=True)
        statement = self._following if after else self._first
        result = db.session.connection().execute(statement, parameters).all()
        rows = list(starmap(kind_of_rows(self.model), result))
        items = rows[:limit]
        return Page(items, self._place_of(items[-1]) if len(rows) > limit else None)

    @cached_property
    def _first(self) -> Select[Any]:
        shown = fields(kind_of_rows(self.model))
        return (
            select(*(getattr(self.model, field.name).label(field.name) for field in shown))
            .where(*self.conditions)
            .order_by(*(column.desc() if self.is_descending else column for column in self.order))
            .limit(bindparam("limit", type_=Integer))
        )

    @cached_property
    def _following(self) -> Select[Any]:
        return self._first.where(following(self.order, is_descending=self.is_descending))

    def _place_of(self, row: Any) -> Cursor:
        return Cursor(tuple(getattr(row, column.key) for column in self.order))


def place_name(column: InstrumentedAttribute[Any]) -> str:
    """Return the name of the parameter that says where a page begins in a column."""
    return f"after_{column.key}"


def following(order: Order, *, is_descending: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes after the place that the parameters name.

    It begins with a plain bound on the first column, so that every database walks the index from
    there: some read the whole table for `(a, b) < (x, y)`, others for `a < x OR (a = x AND b < y)`.
    """
    column, *others = order
    place = bindparam(place_name(column), type_=column.type)
    is_beyond = column < place if is_descending else column > place
    if not others:
        return is_beyond
    is_not_before = column <= place if is_descending else column >= place
    is_beyond_in_others = following(tuple(others), is_descending=is_descending)
    return and_(is_not_before, or_(is_beyond, is_beyond_in_others))
