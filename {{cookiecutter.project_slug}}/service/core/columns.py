"""Column types that behave alike on every database."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT, VARCHAR  # [template] if mysql
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from service.extensions import Base

LongText = Text()  # [template] if not mysql
# [template] if mysql
# The plain TEXT of MySQL ends at 65,535 bytes, fewer than 20,000 characters may need.
LongText = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")
# [template] endif


def exact_string(length: int) -> String:
    """Return the type of a short text in which every character counts, its case included."""
    # [template] if mysql
    exact = VARCHAR(length, collation="utf8mb4_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")
    # [template] endif
    return String(length)  # [template] if not mysql


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC, to the second; it takes and gives only times that know their zone.

    Whole seconds, because one database rounds what is finer, another cuts it, and a third
    keeps it: order by the time and the id.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return what the driver gets; raise `ValueError` for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone is not stored")
        return value.astimezone(UTC).replace(microsecond=0)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return what was stored, in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            # As `replace(tzinfo=UTC)`, in a quarter of the time: a list converts forty.
            return datetime.combine(value, value.time(), UTC)
        return value.astimezone(UTC)


def now() -> datetime:
    """Return this moment in UTC, to the second, as a column keeps it."""
    return datetime.now(UTC).replace(microsecond=0)


class Row(Base):
    """A row that knows when it was made: lists are ordered by that, and by the id."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
