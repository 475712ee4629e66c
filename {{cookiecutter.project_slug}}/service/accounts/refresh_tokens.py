"""Refresh tokens: rotation, retries after a lost response, and the detection of stolen tokens.

A refresh token can be used once (RFC 9700, section 4.14.2). The tokens of a session form a token
family: a token that is used again has probably been stolen. The server cannot distinguish the thief
from the member, so it revokes the session.

A token can also be used twice because several tabs refresh at the same time, or because a response
was lost. The successor of a token is therefore not random: it is derived from the token with a
secret key, so that a retry gets the same successor. A retry is accepted only while the successor is
unused, so a session never has more than one unused refresh token. If a thief and the member hold
the same token, the theft is detected when one of them sends a token whose successor the other has
already used.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from service.accounts.mails import Notice, notify
from service.accounts.models import Member, RefreshToken, Session
from service.accounts.sessions import (
    SessionWithToken,
    is_active,
    issue_refresh_token,
    revoke_session,
)
from service.accounts.tokens import derive_successor, hash_token
from service.extensions import db

log = structlog.get_logger()

# Any client may retry for a few seconds: a phone that leaves a Wi-Fi continues on another network.
GRACE_PERIOD = timedelta(seconds=10)
# The client that used the token may retry for longer, for example a laptop that has been asleep.
RETRY_PERIOD = timedelta(hours=1)


class InvalidRefreshTokenError(Exception):
    """The refresh token is unknown, expired, revoked or already used."""


def rotate_refresh_token(
    token: str, client: str, keys: Sequence[str], at: datetime
) -> SessionWithToken:
    """Use a refresh token, and return the session with its successor.

    A retry returns the same successor, if the successor is unused and the token was first used at
    most 10 seconds before, or at most an hour before by the same client. `client` identifies the
    client. The successor is derived with the first of the `keys`; a retry accepts each of them.

    Raises `InvalidRefreshTokenError` for a token that is unknown, expired or revoked, and for one
    that is used again in any other way; the session of the latter is revoked.

    Concurrent calls with the same token return the same successor on every database, because a
    conditional `UPDATE` decides which of them is the first.
    """
    is_token = RefreshToken.hash == hash_token(token)
    active_session_ids = select(Session.id).join(Member).where(is_active(at))
    mark_as_used = (
        update(RefreshToken)
        .where(
            is_token,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > at,
            RefreshToken.session_id.in_(active_session_ids),
        )
        .values(used_at=at, used_by=client)
    )
    if db.session.connection().execute(mark_as_used).rowcount != 1:
        return _retry_rotation(token, client, keys, at)
    session = db.session.scalars(select(Session).join(RefreshToken).where(is_token)).one()
    session.renewed_at = at
    return issue_refresh_token(session, derive_successor(token, keys[0]), at)


def _retry_rotation(token: str, client: str, keys: Sequence[str], at: datetime) -> SessionWithToken:
    """Return the successor of a used token again, or revoke the session and raise the error."""
    row = db.session.execute(
        select(RefreshToken.used_at, RefreshToken.used_by, Session.id, Session.member_id)
        .join(Session)
        .join(Member)
        .where(RefreshToken.hash == hash_token(token), is_active(at))
    ).one_or_none()
    used_at, used_by, session_id, member_id = row or (None, None, "", 0)
    successor = _find_unused_successor(token, keys)
    db.session.rollback()
    if used_at is None:
        raise InvalidRefreshTokenError("unknown, expired or revoked")
    period = RETRY_PERIOD if used_by == client else GRACE_PERIOD
    if successor and at - used_at <= period:
        return SessionWithToken(member_id, session_id, successor)
    notify(Notice.TOKEN_REUSED, member_id)
    revoke_session(member_id, session_id, at)
    log.critical("authn_token_reuse", member_id=member_id, session_id=session_id)
    raise InvalidRefreshTokenError("already used")


def _find_unused_successor(token: str, keys: Sequence[str]) -> str | None:
    successors = [derive_successor(token, key) for key in keys]
    by_hash = {hash_token(successor): successor for successor in successors}
    is_unused = select(RefreshToken.hash).where(
        RefreshToken.hash.in_(by_hash), RefreshToken.used_at.is_(None)
    )
    successor_hash = db.session.scalar(is_unused)
    return by_hash[successor_hash] if successor_hash else None
