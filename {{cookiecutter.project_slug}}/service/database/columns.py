"""Column types and the base of models with timestamps, the same on every database."""

from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import DateTime, Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from service.extensions import db

# The largest value of a 32-bit integer, the type of primary keys.
MAX_ID = 2**31 - 1


class UTCDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time with a resolution of one second.

    Fractions of a second are dropped, so that a time is the same before and after it is stored, on
    every database. Rows may have the same time: order them by time and id.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Convert a time to UTC without fractions; raise `ValueError` if it is naive."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: use datetime.now(UTC), with UTC of the same module")
        return value.astimezone(UTC).replace(microsecond=0)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the stored time as an aware `datetime` in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """Return the current UTC time without fractions of a second, as a column stores it."""
    return datetime.now(UTC).replace(microsecond=0)


# `Mapped[Timestamp]` is a column with the time at which a row is inserted (SQLAlchemy, "Mapping
# Whole Column Declarations to Python Types").
Timestamp = Annotated[datetime, mapped_column(UTCDateTime, default=now)]


class TimestampedModel(db.Model):
    """A model with an integer primary key and the time of its creation."""

    __abstract__ = True

    # The first column of the table.
    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
    created_at: Mapped[Timestamp]
