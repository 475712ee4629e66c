"""Confirming an email address: a mail with a token, and the token sets the member's address."""

from datetime import datetime

import structlog
from flask import current_app
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import ServiceUnavailable

from service.accounts.authentication import DuplicateFieldError, is_registered, verify_own_password
from service.accounts.login_throttle import mail_attempt, record_attempt
from service.accounts.mailed_tokens import (
    InvalidMailedTokenError,
    Purpose,
    delete_invitations,
    delete_tokens,
    issue_token,
    use_token,
)
from service.accounts.mails import Notice, Text, notify, send_text
from service.accounts.models import MailedToken, Member
from service.accounts.sessions import Principal, find_principal, revoke_sessions
from service.accounts.tokens import hash_token
from service.database.columns import now
from service.extensions import db
from service.jobs.outbox import enqueue
from service.web.errors import with_detail
from service.web.languages import N_

log = structlog.get_logger()

MAIL_IS_OFF = _l("This service sends no mail, so your email address cannot be confirmed.")
CHANGE_REQUESTED = _l("If this address is not registered yet, it will receive a mail with a link.")
CHANGE_TEXT = Text(
    N_("Confirm your new email address on %(site)s"),
    [
        N_("This address has been entered as the new email address of an account on %(site)s."),
        N_("If it was you, confirm it within one day."),
        N_("If it was not you, ignore this mail. The account keeps its address."),
    ],
    Purpose.EMAIL_CONFIRMATION,
    N_("Confirm email address"),
)


def request_email_change(
    member: Principal, email: str, password: str, network: str, at: datetime
) -> None:
    """Enqueue a mail to the new address, if it is not registered, and one to the current. Commits.

    Does the same for a registered address. Raises `InvalidFieldError` for a wrong password,
    `TooManyAttemptsError` in a lockout, and 503 if mail is off.
    """
    if not current_app.config["MAIL_URL"]:
        raise with_detail(ServiceUnavailable(), MAIL_IS_OFF)
    verify_own_password(member, "password", password, network, at)
    record_attempt(mail_attempt(email, network), at)
    # An unconfirmed address may be that of another person.
    if not member.unconfirmed_since:
        notify(Notice.EMAIL_CHANGE_REQUESTED, member.id, address=member.email)
    enqueue(
        send_email_change,
        member_id=member.id,
        session_id=member.session_id,
        email=email,
        locale=str(get_locale()),
    )
    db.session.commit()


def send_email_change(member_id: int, session_id: str, email: str, locale: str) -> None:
    """Send a mail with a token to the new address of a member, unless it is registered. A job.

    Sends nothing if the session that requested the change has ended: a new password cancels it.
    """
    # Locked, so that the sessions cannot be revoked before the token is stored.
    member = db.session.get(Member, member_id, with_for_update=True)
    if member and find_principal(member_id, session_id, now()) and not is_registered(email):
        token = issue_token(Purpose.EMAIL_CONFIRMATION, email, member_id, now())
        send_text(CHANGE_TEXT, member, locale, email, token=token)


def find_address(token: str, at: datetime) -> tuple[int, str]:
    """Return the id of the member and the address that a token confirms, without using the token.

    A used token is valid while the member has the address: a form may be submitted twice. Raises
    `InvalidMailedTokenError` if the token is not valid.
    """
    is_confirmed = and_(MailedToken.email == Member.email, Member.unconfirmed_since.is_(None))
    row = db.session.execute(
        select(MailedToken.member_id, MailedToken.email)
        .join(Member, MailedToken.member_id == Member.id)
        .where(
            MailedToken.hash == hash_token(token),
            MailedToken.purpose == Purpose.EMAIL_CONFIRMATION,
            Member.disabled_at.is_(None),
            or_(is_confirmed, MailedToken.expires_at > at),
        )
    ).one_or_none()
    # End the transaction, so that the next one reads the newest rows.
    db.session.rollback()
    if not row:
        raise InvalidMailedTokenError
    return row.member_id, row.email


def confirm_address(token: str, session_id: str | None, at: datetime) -> None:
    """Use a token to set the address of its member. Commits.

    A new address revokes all sessions except `session_id`, and the old address gets a mail if it
    was confirmed. If the address has been confirmed before, nothing changes. Raises
    `InvalidMailedTokenError`, and `DuplicateFieldError` if another member has the address by now.
    """
    member_id, email = find_address(token, at)
    # The member is locked before the token, as in all transactions, to avoid deadlocks.
    member = db.session.get(Member, member_id, with_for_update=True)
    if not member:
        raise InvalidMailedTokenError
    if member.email == email and not member.unconfirmed_since:
        db.session.rollback()
        return
    use_token(Purpose.EMAIL_CONFIRMATION, token, at)
    is_new = member.email != email
    if is_new:
        change_address(member, email)
    member.unconfirmed_since = None
    if is_new:
        revoke_sessions(member_id, at, session_id)
    db.session.commit()
    log.warning("user_updated", member_id=member_id, attributes=["email"])


def change_address(member: Member, email: str) -> None:
    """Set a new address; tokens and invitations of the old one end. The caller must commit."""
    old_email, member.email = member.email, email
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        message = gettext("This email address is already registered.")
        raise DuplicateFieldError({"token": message}) from error
    delete_tokens(Purpose.PASSWORD_RESET, member.id)
    # Otherwise someone could register with the invitation again.
    delete_invitations(old_email)
    if not member.unconfirmed_since:
        notify(Notice.EMAIL_CHANGED, member.id, address=old_email)
