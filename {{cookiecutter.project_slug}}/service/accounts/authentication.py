"""Registration, login and password changes.

bcrypt is slow. It runs between two transactions, so that no lock and no database connection is held
while it runs. Another request can change the password between the two transactions. So the second
one replaces the password hash with a conditional `UPDATE`, which succeeds only if the stored hash
is still the one that was verified.
"""

from datetime import datetime, timedelta
from typing import TypeAlias

import structlog
from blinker import Namespace
from flask import current_app
from flask_babel import gettext
from sqlalchemy import Row, exists, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.accounts.login_throttle import (
    clear_attempts,
    end_lockout,
    login_attempt,
    record_attempt,
)
from service.accounts.mailed_tokens import Purpose, delete_tokens
from service.accounts.mails import Notice, notify
from service.accounts.models import Member, Session
from service.accounts.names import canonical_name, name_skeleton
from service.accounts.passwords import PasswordHasher
from service.accounts.rules import weak_password_error
from service.accounts.sessions import Principal, revoke_sessions
from service.extensions import db

log = structlog.get_logger()

# The columns are id, password_hash, created_at, disabled_at and is_known_network.
CredentialsRow: TypeAlias = Row[int, str | None, datetime, datetime | None, bool]
FIRST_DAY = timedelta(days=1)
# Sent with the new member before the commit.
member_created = Namespace().signal("member-created")


class InvalidFieldError(Exception):
    """A field has an invalid value; the messages, by field, are for the person who entered it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.message, self.messages = message, {field: message}


class DuplicateFieldError(InvalidFieldError):
    """The email address is registered, the name equals or resembles one that is taken, or both."""

    def __init__(self, messages: dict[str, str]) -> None:
        super().__init__(", ".join(messages), " ".join(messages.values()))
        self.messages = messages


class InvalidCredentialsError(Exception):
    """The email address is unknown, the password is wrong or the account is disabled.

    Responses do not reveal which.
    """


def register(
    email: str, name: str, password: str, unconfirmed_since: datetime | None = None
) -> Member:
    """Create a member, whose address is confirmed by default. Commits.

    Raises `InvalidFieldError` for a weak password and `DuplicateFieldError` for an email address or
    a name that is taken. Unique constraints decide between concurrent registrations. This
    function does not limit registrations: a view must call `record_registration` first.
    """
    check_password_strength("password", password, email, name)
    # Checked before the password is hashed, because hashing is slow.
    check_unique(email, name)
    db.session.rollback()
    member = Member(
        email=email,
        name=name,
        password_hash=password_hasher().hash(password),
        unconfirmed_since=unconfirmed_since,
    )
    db.session.add(member)
    member_created.send(member)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        check_unique(email, name)
        raise
    log.warning("user_created", member_id=member.id)
    return member


def authenticate(email: str, password: str, network: str, at: datetime) -> int:
    """Return the id of the member with this email address and password.

    Raises `InvalidCredentialsError`, after the same time for every cause. Raises
    `TooManyAttemptsError` during a lockout, without verifying the password. Replaces a password
    hash that has an outdated cost, and notifies the member of a login from a new network.

    The row of the member stays locked until the next commit. The caller must create the session in
    this transaction: then a concurrent password change waits, and revokes the new session as well.
    """
    row = _verify_credentials(email, password, network, at)
    hasher, password_hash = password_hasher(), row.password_hash
    if hasher.needs_rehash(password_hash):
        password_hash = hasher.hash(password)
    _replace_hash(row, password_hash)
    # On the first day, every network is new.
    if not row.is_known_network and row.created_at < at - FIRST_DAY:
        notify(Notice.NEW_NETWORK, row.id, network)
    log.info("authn_login_success", member_id=row.id)
    return int(row.id)


def change_password(member: Principal, current: str, new: str, network: str, at: datetime) -> None:
    """Set a new password and revoke all sessions of the member (ASVS 5.0, 7.4.3). Commits.

    Raises `InvalidFieldError` for a wrong current password, and for a new one that is weak or the
    same as the current one. Raises `TooManyAttemptsError` during a lockout, and
    `InvalidCredentialsError` if the password was changed concurrently.
    """
    try:
        row = verify_own_password(member, "current_password", current, network, at)
    except InvalidFieldError:
        log.critical("authn_password_change_fail", member_id=member.id, network=network)
        raise
    if new == current:
        message = gettext("Choose a password that differs from the current one.")
        raise InvalidFieldError("new_password", message)
    check_password_strength("new_password", new, member.email, member.name)
    _replace_hash(row, password_hasher().hash(new))
    end_password_change(member.id, at)


def verify_own_password(
    member: Principal, field: str, password: str, network: str, at: datetime
) -> CredentialsRow:
    """Return the stored credentials of a member whose password is correct. Commits.

    Raises `InvalidFieldError` for the field if it is wrong, which counts as a failed login, and
    `TooManyAttemptsError` during a lockout.
    """
    try:
        return _verify_credentials(member.email, password, network, at)
    except InvalidCredentialsError as error:
        raise InvalidFieldError(field, gettext("Current password is incorrect.")) from error


def set_password(member: Member, password: str, at: datetime) -> None:
    """Set a password without asking for the current one. Commits.

    Revokes all sessions of the member and ends a lockout of the account. Raises `InvalidFieldError`
    for a weak password.
    """
    check_password_strength("password", password, member.email, member.name)
    # End the transaction before bcrypt runs.
    db.session.rollback()
    member.password_hash = password_hasher().hash(password)
    end_lockout(member.email)
    end_password_change(member.id, at)


def end_password_change(member_id: int, at: datetime) -> None:
    """Notify a member of a new password, and revoke all sessions and reset tokens. Commits."""
    delete_tokens(Purpose.PASSWORD_RESET, member_id)
    notify(Notice.PASSWORD_CHANGED, member_id)
    revoke_sessions(member_id, at)
    log.info("authn_password_change", member_id=member_id)


def disable(member: Member, at: datetime) -> None:
    """Disable a member and revoke all their sessions. Their posts remain. Commits."""
    member.disabled_at = at
    revoke_sessions(member.id, at)
    log.warning("user_archived", member_id=member.id)


def enable(member: Member) -> None:
    """Enable a disabled member. Sessions that were revoked stay revoked. Commits."""
    member.disabled_at = None
    db.session.commit()
    log.warning("user_updated", member_id=member.id, attributes=["disabled_at"])


def password_hasher() -> PasswordHasher:
    """Return the password hasher of the application."""
    hasher: PasswordHasher = current_app.extensions["password_hasher"]
    return hasher


def check_password_strength(field: str, password: str, email: str, name: str) -> None:
    """Raise `InvalidFieldError` for the field if the password is easy to guess."""
    if message := weak_password_error(password, email, name, current_app.config["SITE_NAME"]):
        raise InvalidFieldError(field, message)


def check_unique(email: str, name: str) -> None:
    """Raise `DuplicateFieldError` for an email address and a name that are taken."""
    is_similar_name = or_(
        Member.canonical_name == canonical_name(name), Member.name_skeleton == name_skeleton(name)
    )
    messages = {}
    if is_registered(email):
        messages["email"] = gettext("This email address is already registered.")
    if db.session.scalar(select(exists().where(is_similar_name))):
        messages["name"] = name_taken_message()
    if messages:
        raise DuplicateFieldError(messages)


def is_registered(email: str) -> bool:
    """Return whether a member has this address."""
    return bool(db.session.scalar(select(exists().where(Member.email == email))))


def name_taken_message() -> str:
    """Return the message for a name that equals or resembles that of another member."""
    return gettext("This name is taken, or too similar to one that is.")


def _verify_credentials(email: str, password: str, network: str, at: datetime) -> CredentialsRow:
    row = _find_credentials(email, network)
    attempt = login_attempt(email, network, is_known_network=bool(row and row.is_known_network))
    record_attempt(attempt, at)
    is_match = password_hasher().verify(password, row.password_hash if row else None)
    if not row or not is_match or row.disabled_at:
        log.warning("authn_login_fail", member_id=row.id if row else None, network=network)
        raise InvalidCredentialsError
    clear_attempts(attempt)
    return row


def _find_credentials(email: str, network: str) -> CredentialsRow | None:
    has_session = exists().where(Session.member_id == Member.id, Session.network == network)
    row = db.session.execute(
        select(
            Member.id,
            Member.password_hash,
            Member.created_at,
            Member.disabled_at,
            has_session.label("is_known_network"),
        ).where(Member.email == email)
    ).one_or_none()
    # End the transaction before bcrypt runs.
    db.session.rollback()
    return row


def _replace_hash(row: CredentialsRow, password_hash: str) -> None:
    replace = (
        update(Member)
        .where(Member.id == row.id, Member.password_hash == row.password_hash)
        .values(password_hash=password_hash)
    )
    if db.session.connection().execute(replace).rowcount != 1:
        db.session.rollback()
        raise InvalidCredentialsError
