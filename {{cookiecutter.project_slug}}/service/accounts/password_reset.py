"""A forgotten password: a mail with a token, and the token sets a new password.

See the OWASP Forgot Password Cheat Sheet.
"""

from datetime import datetime

import structlog
from flask import current_app
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from werkzeug.exceptions import ServiceUnavailable

from service.accounts.authentication import (
    check_password_strength,
    end_password_change,
    password_hasher,
)
from service.accounts.login_throttle import end_lockout, mail_attempt, record_attempt
from service.accounts.mailed_tokens import (
    InvalidMailedTokenError,
    Purpose,
    find_recipient,
    issue_token,
    use_token,
)
from service.accounts.mails import Text, send_text
from service.accounts.models import Member
from service.database.columns import now
from service.extensions import db
from service.jobs.outbox import enqueue
from service.web.errors import with_detail
from service.web.languages import N_

log = structlog.get_logger()

MAIL_IS_OFF = _l("This service sends no mail. Ask its operator to set a new password.")
RESET_REQUESTED = _l("If this address is registered, you will receive a mail.")
INVALID_TOKEN = _l("This link is invalid, has expired or has already been used.")
RESET_TEXT = Text(
    N_("Reset your password on %(site)s"),
    [
        N_("We received a request to reset the password of your account on %(site)s."),
        N_("If it was you, choose a new password within one hour."),
        N_("If it was not you, ignore this mail. Your password stays the same."),
    ],
    Purpose.PASSWORD_RESET,
    N_("Choose a new password"),
)


def request_password_reset(email: str, network: str, at: datetime) -> None:
    """Enqueue a mail with a token, if the address is registered. Commits.

    Does the same for an unknown address (ASVS 5.0, 6.3.8). Raises `TooManyAttemptsError` if too
    many mails were requested for the address or from the network, and 503 if mail is off.
    """
    if not current_app.config["MAIL_URL"]:
        raise with_detail(ServiceUnavailable(), MAIL_IS_OFF)
    record_attempt(mail_attempt(email, network), at)
    enqueue(send_password_reset, email=email, locale=str(get_locale()))
    db.session.commit()


def send_password_reset(email: str, locale: str) -> None:
    """Send a mail with a token to the member with this address, if there is one. A job."""
    recipient = select(Member).where(Member.email == email, Member.disabled_at.is_(None))
    # Locked, so that of two concurrent jobs the second one deletes the token of the first one.
    if member := db.session.scalar(recipient.with_for_update()):
        token = issue_token(Purpose.PASSWORD_RESET, member.email, member.id, now())
        send_text(RESET_TEXT, member, locale, token=token)


def reset_password(token: str, password: str, at: datetime) -> None:
    """Use a token to set a new password. Commits.

    Revokes all sessions of the member, ends a lockout of the account and notifies the member.
    Raises `InvalidMailedTokenError`. Raises `InvalidFieldError` for a weak password, without using
    the token.
    """
    try:
        member = find_recipient(Purpose.PASSWORD_RESET, token, at)
        check_password_strength("password", password, member.email, member.name)
        password_hash = password_hasher().hash(password)
        # The member is locked before the token, as in all transactions, to avoid deadlocks.
        is_member = Member.id == member.id
        # The token proves the address.
        values = {"password_hash": password_hash, "unconfirmed_since": None}
        db.session.execute(update(Member).where(is_member).values(values))
        use_token(Purpose.PASSWORD_RESET, token, at)
    except InvalidMailedTokenError:
        log.critical("authn_password_change_fail")
        raise
    end_lockout(member.email)
    end_password_change(member.id, at)
