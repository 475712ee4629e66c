"""Sessions: one row for each login, which browser and API share, and its refresh tokens.

Whoever ends the row (log-out, a new password, a disabled account, a stolen token) ends all that
came from it at the next request, access tokens included.

A refresh token is good once (RFC 9700, section 4.14.2). Used a second time, it tells that two
have it, and nobody knows which of them is the thief: then the session ends. But two tabs of one
browser, or a request repeated because its answer was lost, look the same for a moment. So within
`GRACE_SECONDS` the second one is refused and nothing else happens; it gets no token, and there
is never more than one that is unused.

Each function takes the moment at which it acts, and commits what it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, delete, select, update

from service.accounts.models import LONGEST_DEVICE, Member, RefreshToken, Session
from service.accounts.tokens import new_refresh_token, refresh_token_hash
from service.core.logs import log
from service.extensions import db

GRACE_SECONDS = 10
IDLE_LIFE = timedelta(days=14)
WHOLE_LIFE = timedelta(days=30)
MOST_LISTED = 100


class InvalidRefreshTokenError(Exception):
    """A refresh token that opens nothing."""


class RotatedRefreshTokenError(InvalidRefreshTokenError):
    """A refresh token that was used a moment ago, most likely by the same client."""

    def __init__(self, member_id: int, session_id: str) -> None:
        """Keep whose session it is; it goes on with the token that took this one's place."""
        super().__init__("used a moment ago")
        self.member_id, self.session_id = member_id, session_id


@dataclass(frozen=True)
class Renewal:
    """A session and the one refresh token that continues it."""

    member_id: int
    session_id: str
    refresh_token: str


@dataclass(frozen=True)
class SignedIn:
    """A member who acts in a request, and the session that lets them."""

    id: int
    name: str
    email: str
    created_at: datetime
    session_id: str


def open_session(member_id: int, device: str, network: str, at: datetime) -> Renewal:
    """Begin a session; `device` is what the client calls itself, `network` where it comes from."""
    session = Session(
        id=token_urlsafe(16),
        member_id=member_id,
        device=device[:LONGEST_DEVICE],
        network=network,
        created_at=at,
        renewed_at=at,
        expires_at=at + WHOLE_LIFE,
    )
    db.session.add(session)
    db.session.flush()
    return _with_new_token(member_id, session.id, at)


def renew_session(token: str, at: datetime) -> Renewal:
    """Use up a refresh token and return the next one.

    One conditional `UPDATE` is the only gate: of any number of requests at the same moment one
    changes the row, on every database. Raises `RotatedRefreshTokenError` for the others, and
    `InvalidRefreshTokenError` for a token that is unknown, expired, or used earlier; the last of
    these ends the session.
    """
    used = RefreshToken.hash == refresh_token_hash(token)
    is_live = select(Session.id).join(Member).where(_live(at))
    gate = (
        update(RefreshToken)
        .where(
            used,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > at,
            RefreshToken.session_id.in_(is_live),
        )
        .values(used_at=at)
    )
    if db.session.connection().execute(gate).rowcount != 1:
        raise _refusal(token, at)
    session = db.session.scalars(select(Session).join(RefreshToken).where(used)).one()
    session.renewed_at = at
    return _with_new_token(session.member_id, session.id, at, session.expires_at)


def find_signed_in(member_id: int, session_id: str, at: datetime) -> SignedIn | None:
    """Return who acts, where the session is theirs and has not ended; one statement."""
    place = {"member_id": member_id, "session_id": session_id, "at": at}
    # Past the ORM, which would make nothing of these columns: it takes half of the time.
    row = db.session.connection().execute(_SIGNED_IN, place).one_or_none()
    return SignedIn(*row, session_id) if row else None


def live_sessions(member: SignedIn, at: datetime) -> Sequence[Session]:
    """Return the member's sessions that have not ended, the one renewed last first; 100 at most."""
    statement = select(Session).join(Member).where(Session.member_id == member.id, _live(at))
    newest_first = statement.order_by(Session.renewed_at.desc(), Session.id)
    return db.session.scalars(newest_first.limit(MOST_LISTED)).all()


def revoke_session(member_id: int, session_id: str, at: datetime) -> bool:
    """End one session of a member; return whether there was such a one to end."""
    # What cannot be printed, a NUL above all, is more than a database accepts in a text.
    if not session_id.isprintable():
        return False
    ended = db.session.connection().execute(
        update(Session)
        .where(Session.id == session_id, Session.member_id == member_id)
        .where(Session.revoked_at.is_(None), Session.expires_at > at)
        .values(revoked_at=at)
    )
    db.session.commit()
    return ended.rowcount == 1


def revoke_sessions(member_id: int, at: datetime) -> None:
    """End all sessions of a member."""
    db.session.execute(
        update(Session)
        .where(Session.member_id == member_id, Session.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    db.session.commit()


def purge_sessions(at: datetime) -> int:
    """Delete the sessions whose time is over, and with each its tokens; return how many.

    One that was ended earlier is kept as long: it tells from which networks its member comes.
    """
    purged = db.session.connection().execute(delete(Session).where(Session.expires_at <= at))
    db.session.commit()
    return purged.rowcount


def _live(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(Session.revoked_at.is_(None), Session.expires_at > at, Member.disabled_at.is_(None))


# Made once: every request of a member runs it.
_SIGNED_IN = (
    select(Member.id, Member.name, Member.email, Member.created_at)
    .join(Session, Session.member_id == Member.id)
    .where(Member.id == bindparam("member_id"), Session.id == bindparam("session_id"))
    .where(_live(bindparam("at")))
)


def _with_new_token(
    member_id: int, session_id: str, at: datetime, ends: datetime | None = None
) -> Renewal:
    token = new_refresh_token()
    expires_at = min(at + IDLE_LIFE, ends or at + WHOLE_LIFE)
    db.session.add(
        RefreshToken(hash=refresh_token_hash(token), session_id=session_id, expires_at=expires_at)
    )
    db.session.commit()
    return Renewal(member_id, session_id, token)


def _refusal(token: str, at: datetime) -> InvalidRefreshTokenError:
    found = db.session.execute(
        select(RefreshToken.used_at, Session.id, Session.member_id)
        .join(Session)
        .join(Member)
        .where(RefreshToken.hash == refresh_token_hash(token), _live(at))
    ).one_or_none()
    used_at, session_id, member_id = found or (None, "", 0)
    if not used_at:
        db.session.rollback()
        return InvalidRefreshTokenError("unknown, expired or ended")
    if at - used_at <= timedelta(seconds=GRACE_SECONDS):
        db.session.rollback()
        return RotatedRefreshTokenError(member_id, session_id)
    revoke_session(member_id, session_id, at)
    log.critical("authn_token_reuse", member_id=member_id, session_id=session_id)
    return InvalidRefreshTokenError("used before")
