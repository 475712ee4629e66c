"""Confirming the address after a registration, if `REGISTRATION` is `confirmed`."""

from datetime import datetime

from flask import current_app
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.exceptions import ServiceUnavailable

from service.accounts.email_confirmation import MAIL_IS_OFF
from service.accounts.login_throttle import mail_attempt, record_attempt
from service.accounts.mailed_tokens import Purpose, issue_token
from service.accounts.mails import Text, send_text
from service.accounts.models import Member
from service.accounts.sessions import Principal
from service.database.columns import now
from service.extensions import db
from service.jobs.outbox import enqueue
from service.web.errors import with_detail
from service.web.languages import N_

CONFIRMATION_REQUESTED = _l("You will receive a mail with a link that confirms your address.")
CONFIRMATION_TEXT = Text(
    N_("Confirm your email address on %(site)s"),
    [
        N_("This address has been used to register on %(site)s."),
        N_("If it was you, confirm it within one day."),
        N_("If it was not you, ignore this mail."),
    ],
    Purpose.EMAIL_CONFIRMATION,
    N_("Confirm email address"),
)


def enqueue_confirmation(member: Member) -> None:
    """Enqueue a mail to a new member who must confirm the address. The caller must commit."""
    if member.unconfirmed_since:
        enqueue(send_confirmation, email=member.email, locale=str(get_locale()))


def request_confirmation(member: Principal, network: str, at: datetime) -> None:
    """Enqueue another mail, if the address is unconfirmed. Commits.

    Raises `TooManyAttemptsError` if too many mails were requested, and 503 if mail is off.
    """
    if not current_app.config["MAIL_URL"]:
        raise with_detail(ServiceUnavailable(), MAIL_IS_OFF)
    if member.unconfirmed_since:
        record_attempt(mail_attempt(member.email, network), at)
        enqueue(send_confirmation, email=member.email, locale=str(get_locale()))
    db.session.commit()


def send_confirmation(email: str, locale: str) -> None:
    """Send a mail with a token to the member with this address, if it is unconfirmed. A job."""
    recipient = select(Member).where(Member.email == email, Member.disabled_at.is_(None))
    # Locked, so that of two concurrent jobs the second one deletes the token of the first one.
    member = db.session.scalar(recipient.with_for_update())
    if member and member.unconfirmed_since:
        token = issue_token(Purpose.EMAIL_CONFIRMATION, member.email, member.id, now())
        send_text(CONFIRMATION_TEXT, member, locale, token=token)
