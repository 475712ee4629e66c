"""Cursors: the place of a row in a list, as it stands in an address; `listings` pages with them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Self

from flask_babel import lazy_gettext as _l
from marshmallow import fields
from sqlalchemy.orm import InstrumentedAttribute

from service.core.columns import UTCDateTime
from service.core.fields import Translated
from service.core.ids import LARGEST_ID

CURSOR = re.compile(r"-?[0-9]{1,12}(\.-?[0-9]{1,12})*", re.ASCII)
# What every database can compare with an id, with another number, and with a time.
IDS = range(LARGEST_ID + 1)
NUMBERS = range(-LARGEST_ID - 1, LARGEST_ID + 1)
SECONDS = range(int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) + 1)

# The columns that a list is ordered by: whole numbers and times, and at last one that is unique.
Order = tuple[InstrumentedAttribute[Any], ...]


@dataclass(frozen=True)
class Cursor:
    """The place of one row: what it has in the columns of the list's order."""

    values: tuple[datetime | int, ...]

    def __str__(self) -> str:
        """Return the cursor as it stands in an address: whole numbers, of a time its seconds."""
        return ".".join(
            str(int(value.timestamp()) if isinstance(value, datetime) else value)
            for value in self.values
        )

    @classmethod
    def parse(cls, text: str, order: Order) -> Self:
        """Return the cursor that `str` wrote; raise `ValueError` for what is none in this order."""
        numbers = text.split(".") if CURSOR.fullmatch(text) else []
        if len(numbers) != len(order):
            raise ValueError("not a cursor")
        return cls(tuple(map(value_of, order, map(int, numbers))))


def value_of(column: InstrumentedAttribute[Any], number: int) -> datetime | int:
    """Return the value that a number means in a column; raise `ValueError` where it has none."""
    possible = possible_numbers(column)
    if number not in possible:
        raise ValueError("not a cursor")
    return datetime.fromtimestamp(number, UTC) if possible is SECONDS else number


@cache
def possible_numbers(column: InstrumentedAttribute[Any]) -> range:
    """Return the numbers that a cursor may hold for a column."""
    if isinstance(column.type, UTCDateTime):
        return SECONDS
    return IDS if column.primary_key else NUMBERS


class CursorField(Translated, fields.String):
    """The query parameter `after`."""

    default_error_messages = {
        "not_a_cursor": _l("This is no cursor: take `next` from the page before."),
    }

    def __init__(self, order: Callable[[Mapping[str, Any]], Order], **options: Any) -> None:
        """Take what tells the order of the list from the whole query."""
        super().__init__(**options)
        self.order = order

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        try:
            return Cursor.parse(text or "", self.order(data))
        except ValueError as error:
            raise self.make_error("not_a_cursor") from error
