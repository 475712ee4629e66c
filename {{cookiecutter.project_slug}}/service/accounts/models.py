"""The models of accounts, which are `db.Model` classes: members, sessions, tokens and throttles."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from service.accounts.names import MAX_CANONICAL_LENGTH, NAME, canonical_name, name_skeleton
from service.accounts.rules import EMAIL
from service.database.columns import TimestampedModel, UTCDateTime, now
from service.extensions import db

MAX_USER_AGENT_LENGTH = 200


class Member(TimestampedModel):
    """A person with an account, or the author of the posts that a deleted account has left."""

    # Normalized by `EMAIL`: databases differ in which strings they treat as equal.
    email: Mapped[str] = mapped_column(String(EMAIL.maximum), unique=True)
    name: Mapped[str] = mapped_column(String(NAME.maximum))
    # Both are unique, so that no name looks like another one.
    canonical_name: Mapped[str] = mapped_column(String(MAX_CANONICAL_LENGTH), unique=True)
    name_skeleton: Mapped[str] = mapped_column(String(MAX_CANONICAL_LENGTH), unique=True)
    # With `None`, the member cannot log in. Deferred, so that only a login loads the hash.
    password_hash: Mapped[str | None] = mapped_column(String(60), deferred=True)
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # `None` if the member has confirmed the address, or did not have to.
    unconfirmed_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # A deleted member is also disabled, and the row contains no personal data.
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # `None` for those of the browser.
    locale: Mapped[str | None] = mapped_column(String(10))
    time_zone: Mapped[str | None] = mapped_column(String(64))

    @validates("name")
    def set_canonical_forms(self, _key: str, name: str) -> str:
        """Set the canonical name and the skeleton whenever the name is set."""
        self.canonical_name = canonical_name(name)
        self.name_skeleton = name_skeleton(name)
        return name


class Session(db.Model):
    """One login, in a browser or through the API.

    Its tokens are valid only while the session is active. Its id is random, because tokens and URLs
    contain the id.
    """

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), index=True)
    user_agent: Mapped[str] = mapped_column(String(MAX_USER_AGENT_LENGTH))
    network: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    renewed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    # The absolute timeout: a refresh does not extend it.
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class RefreshToken(db.Model):
    """A single-use refresh token of a session. The database stores only the hash of the token."""

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # A hash of the client's network and user agent.
    used_by: Mapped[str | None] = mapped_column(String(64))


class MailedToken(db.Model):
    """A single-use token that was sent to an address. The database stores only its hash."""

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    # `None` for an invitation, whose recipient is not a member yet.
    member_id: Mapped[int | None] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column(String(EMAIL.maximum))
    # The past, if the token has been used.
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class DataExport(db.Model):
    """The data of a member, which a job collects after the member has requested it."""

    member_id: Mapped[int] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), primary_key=True
    )
    requested_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # JSON, at most 16 MB on MySQL.
    content: Mapped[str | None] = mapped_column(deferred=True)


class Throttle(db.Model):
    """A counter of attempts to log in or to register since `began_at`.

    `key` consists of two hashes: of an email address or the kind of counter, and of a network.
    """

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int] = mapped_column(default=0)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
