"""Members: how one registers, proves who they are, and changes the password.

Pages and API both do it here. The slow part, bcrypt, runs between two transactions, so that
nobody waits meanwhile for a lock or for a connection. What was read before may have changed after
it: so a hash is replaced by one conditional `UPDATE`, which only the password that was checked
can pass.
"""

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext
from sqlalchemy import and_, exists, select, update
from sqlalchemy.exc import IntegrityError

from service.accounts.keys import password_hashing
from service.accounts.models import Member, Session
from service.accounts.rules import canonical_name, too_easy
from service.accounts.sessions import SignedIn, revoke_sessions
from service.accounts.throttle import Attempt, admit, take_back
from service.core.logs import log
from service.extensions import db


class RefusedError(Exception):
    """A field that will not do, with the reason as a sentence for whoever filled it in."""

    def __init__(self, field: str, sentence: str) -> None:
        """Keep the field and the sentence."""
        super().__init__(f"{field}: {sentence}")
        self.field, self.sentence = field, sentence


class TakenError(RefusedError):
    """An e-mail or a name that counts as somebody else's."""


class WrongCredentialsError(Exception):
    """An unknown e-mail, a wrong password or a disabled account: nobody is told which."""


def register(email: str, name: str, password: str) -> Member:
    """Keep a new member.

    Raises `RefusedError` for an easy password, `TakenError` for what somebody else has. The unique
    columns decide, so that of two at the same moment one is refused. Whoever lets strangers do it
    counts them first, with `admit`.
    """
    refuse_easy("password", password, email, name)
    # Before the hash, which costs more.
    refuse_taken(email, name)
    member = Member(
        email=email,
        name=name,
        canonical_name=canonical_name(name),
        password_hash=password_hashing().hash(password),
    )
    db.session.add(member)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        refuse_taken(email, name)
        raise
    log.warning("user_created", member_id=member.id)
    return member


def authenticate(email: str, password: str, network: str, at: datetime) -> int:
    """Return the id of the member whose e-mail and password these are.

    Raises `WrongCredentialsError`, after the same time whatever is wrong, and
    `TooManyAttemptsError` without looking at the password. A hash of an older cost is renewed on
    the way. The member stays locked until the next commit, so that no change of the password
    comes between this and the session that it opens: such a change ends that session too.
    """
    found = _checked(email, password, network, at)
    hashing, kept = password_hashing(), found.password_hash
    _replace_hash(found, hashing.hash(password) if hashing.is_outdated(kept) else kept)
    log.info("authn_login_success", member_id=found.id)
    return int(found.id)


def change_password(member: SignedIn, current: str, new: str, network: str, at: datetime) -> None:
    """Keep a new password and end all sessions of the member (ASVS 5.0, 7.4.3).

    Raises `RefusedError` for either of the passwords, `TooManyAttemptsError` as a login does, and
    `WrongCredentialsError` where the password has been changed at the same moment.
    """
    try:
        found = _checked(member.email, current, network, at)
    except WrongCredentialsError as error:
        log.critical("authn_password_change_fail", member_id=member.id, network=network)
        raise RefusedError("current_password", gettext("This is not your password.")) from error
    refuse_easy("new_password", new, member.email, member.name)
    _replace_hash(found, password_hashing().hash(new))
    revoke_sessions(member.id, at)
    log.info("authn_password_change", member_id=member.id)


def disable(member: Member, at: datetime) -> None:
    """Let a member log in no more, and end all their sessions; what they wrote stays."""
    member.disabled_at = at
    revoke_sessions(member.id, at)
    log.warning("user_archived", member_id=member.id)


def refuse_easy(field: str, password: str, email: str, name: str) -> None:
    """Raise `RefusedError` for a password that somebody would guess early."""
    if sentence := too_easy(password, email, name, current_app.config["SITE_NAME"]):
        raise RefusedError(field, sentence)


def refuse_taken(email: str, name: str) -> None:
    """Raise `TakenError` where somebody has the e-mail or the name."""
    has_email = db.session.scalar(select(exists().where(Member.email == email)))
    is_same_name = Member.canonical_name == canonical_name(name)
    has_name = db.session.scalar(select(exists().where(is_same_name)))
    db.session.rollback()
    if has_email:
        raise TakenError("email", gettext("Somebody has registered with this address."))
    if has_name:
        raise TakenError("name", gettext("Somebody has this name, or one that looks like it."))


def _checked(email: str, password: str, network: str, at: datetime) -> Any:
    found = _find(email, network)
    attempt = Attempt(email, network, is_known=bool(found and found.is_known))
    admit(attempt, at)
    fits = password_hashing().matches(password, found.password_hash if found else None)
    if not fits or found.disabled_at:
        member_id = found.id if found else None
        log.warning("authn_login_fail", member_id=member_id, network=network)
        raise WrongCredentialsError
    take_back(attempt)
    return found


def _find(email: str, network: str) -> Any:
    is_known = exists().where(Session.member_id == Member.id, Session.network == network)
    statement = select(
        Member.id, Member.password_hash, Member.disabled_at, is_known.label("is_known")
    ).where(Member.email == email)
    found = db.session.execute(statement).one_or_none()
    db.session.rollback()
    return found


def _replace_hash(found: Any, password_hash: str) -> None:
    is_same = and_(Member.id == found.id, Member.password_hash == found.password_hash)
    change = update(Member).where(is_same).values(password_hash=password_hash)
    if db.session.connection().execute(change).rowcount != 1:
        db.session.rollback()
        raise WrongCredentialsError
