"""Single-use tokens that are sent by mail, for example to reset a forgotten password.

A token expires, can be used once, and becomes invalid when a newer one is issued, when its member
is disabled, or when the member's address changes. One that confirms a new address also becomes
invalid when the sessions of its member are revoked. The database stores only its hash.

Only jobs and commands issue tokens. A request enqueues a job with the address, whether or not it is
registered: so its response and its time do not reveal that, and the queue contains no token.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

import structlog
from sqlalchemy import ColumnElement, Row, and_, delete, select, update

from service.accounts.models import MailedToken, Member
from service.accounts.tokens import hash_token, random_token
from service.extensions import db

log = structlog.get_logger()


class Purpose(StrEnum):
    """What a token is for. It is not accepted for anything else."""

    EMAIL_CONFIRMATION = "email_confirmation"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # A purpose, not a password.


LIFETIMES = {
    Purpose.EMAIL_CONFIRMATION: timedelta(days=1),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.PASSWORD_RESET: timedelta(hours=1),
}

# The columns are the id, the name and the email address of the member.
RecipientRow: TypeAlias = Row[int, str, str]


class InvalidMailedTokenError(Exception):
    """The token is unknown, expired or used. Responses do not reveal which."""


def issue_token(purpose: Purpose, email: str, member_id: int | None, at: datetime) -> str:
    """Return a new token for an address, and delete earlier ones for the same purpose. Commits.

    `member_id` is the member who has the address, or wants it; `None` for an invitation.
    """
    owner = MailedToken.member_id == member_id if member_id else MailedToken.email == email
    db.session.execute(delete(MailedToken).where(MailedToken.purpose == purpose, owner))
    token = random_token()
    db.session.add(
        MailedToken(
            hash=hash_token(token),
            purpose=purpose,
            member_id=member_id,
            email=email,
            expires_at=at + LIFETIMES[purpose],
        )
    )
    db.session.commit()
    log.info("authn_token_created", member_id=member_id, purpose=purpose)
    return token


def find_recipient(purpose: Purpose, token: str, at: datetime) -> RecipientRow:
    """Return the member to whom a token was sent, without using the token.

    Raises `InvalidMailedTokenError` if the token is not valid.
    """
    row = db.session.execute(
        select(Member.id, Member.name, Member.email)
        .join(MailedToken, MailedToken.member_id == Member.id)
        .where(
            _is_valid(purpose, token, at),
            MailedToken.email == Member.email,
            Member.disabled_at.is_(None),
        )
    ).one_or_none()
    # End the transaction: bcrypt may run before the token is used.
    db.session.rollback()
    if not row:
        raise InvalidMailedTokenError
    return row


def find_invited_address(token: str, at: datetime) -> str:
    """Return the address to which an invitation was sent; only this address can use it.

    Raises `InvalidMailedTokenError` if the token is not valid.
    """
    is_valid = _is_valid(Purpose.INVITATION, token, at)
    email = db.session.scalar(select(MailedToken.email).where(is_valid))
    if not email:
        raise InvalidMailedTokenError
    return email


def use_token(purpose: Purpose, token: str, at: datetime) -> None:
    """Use a token. The caller must commit. Raises `InvalidMailedTokenError` if it is not valid.

    Of several concurrent calls with the same token, exactly one succeeds on every database, because
    a conditional `UPDATE` ends the lifetime of the token.
    """
    end_lifetime = update(MailedToken).where(_is_valid(purpose, token, at)).values(expires_at=at)
    if db.session.connection().execute(end_lifetime).rowcount != 1:
        db.session.rollback()
        raise InvalidMailedTokenError


def delete_tokens(purpose: Purpose, member_id: int) -> None:
    """Delete the tokens of a member for a purpose. The caller must commit."""
    tokens = (MailedToken.purpose == purpose, MailedToken.member_id == member_id)
    db.session.execute(delete(MailedToken).where(*tokens))


def delete_invitations(email: str) -> None:
    """Delete the invitations of an address. The caller must commit."""
    invitations = (MailedToken.purpose == Purpose.INVITATION, MailedToken.email == email)
    # Read first: without an index on the address, MySQL would lock the tokens of other members.
    hashes = db.session.scalars(select(MailedToken.hash).where(*invitations)).all()
    db.session.execute(delete(MailedToken).where(MailedToken.hash.in_(hashes)))


def purge_tokens(at: datetime) -> None:
    """Delete expired tokens. Commits."""
    db.session.execute(delete(MailedToken).where(MailedToken.expires_at <= at))
    db.session.commit()


def _is_valid(purpose: Purpose, token: str, at: datetime) -> ColumnElement[bool]:
    return and_(
        MailedToken.hash == hash_token(token),
        MailedToken.purpose == purpose,
        MailedToken.expires_at > at,
    )
