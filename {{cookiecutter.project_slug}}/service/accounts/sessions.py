"""Sessions. A session is one row for each login, by browser or API.

A logout, a password change, a disabled account or a stolen token revokes the session. From the next
request on, all its tokens are invalid, including access tokens.

Functions take the current time as an argument, and commit their changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, delete, select, update

from service.accounts.models import (
    MAX_USER_AGENT_LENGTH,
    MailedToken,
    Member,
    RefreshToken,
    Session,
)
from service.accounts.tokens import hash_token, random_token
from service.extensions import db

# A session ends after the idle timeout without a refresh, and always after the absolute timeout
# (OWASP Session Management Cheat Sheet, "Session Expiration").
IDLE_TIMEOUT = timedelta(days=14)
ABSOLUTE_TIMEOUT = timedelta(days=30)
MAX_SESSIONS_LISTED = 100


@dataclass(frozen=True)
class SessionWithToken:
    """A session that was just created or refreshed, and its only unused refresh token."""

    member_id: int
    session_id: str
    refresh_token: str


@dataclass(frozen=True)
class Principal:
    """The authenticated member of a request, and the session that authenticated them."""

    id: int
    name: str
    email: str
    created_at: datetime
    session_id: str
    locale: str | None = None
    time_zone: str | None = None
    unconfirmed_since: datetime | None = None


def create_session(member_id: int, user_agent: str, network: str, at: datetime) -> SessionWithToken:
    """Create a session for a member, with the user agent and the network of the client."""
    session = Session(
        id=token_urlsafe(16),
        member_id=member_id,
        user_agent=user_agent[:MAX_USER_AGENT_LENGTH],
        network=network,
        created_at=at,
        renewed_at=at,
        expires_at=at + ABSOLUTE_TIMEOUT,
    )
    db.session.add(session)
    db.session.flush()
    return issue_refresh_token(session, random_token(), at)


def issue_refresh_token(session: Session, token: str, at: datetime) -> SessionWithToken:
    """Store the hash of a new refresh token, and return the session with the token."""
    db.session.add(
        RefreshToken(
            hash=hash_token(token),
            session_id=session.id,
            expires_at=min(at + IDLE_TIMEOUT, session.expires_at),
        )
    )
    db.session.commit()
    return SessionWithToken(session.member_id, session.id, token)


def find_principal(member_id: int, session_id: str, at: datetime) -> Principal | None:
    """Return the principal if the session is active and belongs to the member, else `None`."""
    values = {"member_id": member_id, "session_id": session_id, "at": at}
    row = db.session.connection().execute(_SELECT_PRINCIPAL, values).one_or_none()
    return Principal(*row) if row else None


def active_sessions(member: Principal, at: datetime) -> Sequence[Session]:
    """Return at most 100 active sessions of the member, the most recently refreshed first."""
    statement = select(Session).join(Member).where(Session.member_id == member.id, is_active(at))
    ordered = statement.order_by(Session.renewed_at.desc(), Session.id)
    return db.session.scalars(ordered.limit(MAX_SESSIONS_LISTED)).all()


def revoke_session(member_id: int, session_id: str, at: datetime) -> bool:
    """Revoke one session of a member; return `False` if the member has no such active session."""
    # Databases reject some characters that cannot be printed, such as NUL.
    if not session_id.isprintable():
        return False
    revoke = (
        update(Session)
        .where(Session.id == session_id, Session.member_id == member_id)
        .where(Session.revoked_at.is_(None), Session.expires_at > at)
        .values(revoked_at=at)
    )
    revoked = db.session.connection().execute(revoke).rowcount
    db.session.commit()
    return revoked == 1


def revoke_sessions(member_id: int, at: datetime, except_id: str | None = None) -> None:
    """Revoke all sessions of a member, and cancel a change of the address.

    `except_id` is a session that stays active.
    """
    # Locked, so that no job sends a token at the same time.
    email = db.session.scalar(select(Member.email).where(Member.id == member_id).with_for_update())
    revoke = update(Session).where(Session.member_id == member_id, Session.revoked_at.is_(None))
    if except_id:
        revoke = revoke.where(Session.id != except_id)
    db.session.execute(revoke.values(revoked_at=at))
    # Only tokens of a change are for another address. One that has just been made is flushed.
    is_change = (MailedToken.member_id == member_id, MailedToken.email != email)
    db.session.execute(delete(MailedToken).where(*is_change))
    db.session.commit()


def purge_sessions(at: datetime) -> int:
    """Delete expired sessions with their refresh tokens; return how many sessions were deleted.

    Revoked sessions are kept until they expire, because login throttling reads their networks.
    """
    expired = delete(Session).where(Session.expires_at <= at)
    purged = db.session.connection().execute(expired).rowcount
    db.session.commit()
    return purged


def is_active(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition for an active session of a member who is not disabled."""
    return and_(Session.revoked_at.is_(None), Session.expires_at > at, Member.disabled_at.is_(None))


# Built only once, because every authenticated request executes this query. Building the query takes
# as long as executing it.
_SELECT_PRINCIPAL = (
    select(
        Member.id,
        Member.name,
        Member.email,
        Member.created_at,
        Session.id,
        Member.locale,
        Member.time_zone,
        Member.unconfirmed_since,
    )
    .join(Session, Session.member_id == Member.id)
    .where(
        Member.id == bindparam("member_id"),
        Session.id == bindparam("session_id"),
        is_active(bindparam("at")),
    )
)
