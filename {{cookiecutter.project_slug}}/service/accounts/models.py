"""The tables of accounts."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import (
    Mapped,
    MappedSQLExpression,
    column_property,
    mapped_column,
)

from service.accounts.rules import EMAIL, LONGEST_CANONICAL, NAME
from service.core.columns import Row, UTCDateTime, exact_string, now
from service.extensions import Base

LONGEST_DEVICE = 200


class Member(Row):
    """Somebody who can log in. Nobody is deleted: what they wrote keeps its author."""

    __tablename__ = "member"

    # In its canonical form, as `EMAIL` cleans it: so it is unique on every database alike.
    email: Mapped[str] = mapped_column(exact_string(EMAIL.maximum), unique=True)
    name: Mapped[str] = mapped_column(String(NAME.maximum))
    canonical_name: Mapped[str] = mapped_column(exact_string(LONGEST_CANONICAL), unique=True)
    # None: this member cannot log in with a password.
    password_hash: Mapped[str | None] = mapped_column(exact_string(60))
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


def name_of(member_id: Mapped[int]) -> MappedSQLExpression[str]:
    """Return the attribute that shows the name of the member whose id another column holds."""
    return column_property(
        select(Member.name).where(Member.id == member_id).correlate_except(Member).scalar_subquery()
    )


class Session(Base):
    """One login, and the authority for all that follows from it, in browser and API alike.

    Its id is random: it stands in tokens and addresses, and tells nothing of others.
    """

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(exact_string(32), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    device: Mapped[str] = mapped_column(String(LONGEST_DEVICE))
    network: Mapped[str] = mapped_column(exact_string(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    renewed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    # No renewal moves this end.
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RefreshToken(Base):
    """A refresh token of a session, known by its hash alone, good once."""

    __tablename__ = "refresh_token"

    hash: Mapped[str] = mapped_column(exact_string(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Throttle(Base):
    """How often somebody tried in vain since `began_at`; `key` is a hash of who and from where."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(exact_string(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    blocked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
