"""The texts of the mails of accounts, and sending them.

A mail contains no text that a client has chosen, such as a name: anybody can register with the
address of another person.
"""

from dataclasses import dataclass
from enum import StrEnum

import structlog
from flask import current_app
from flask_babel import force_locale, get_locale, gettext

from service.accounts.models import Member
from service.extensions import db
from service.jobs.outbox import enqueue
from service.mail.links import public_url
from service.mail.sending import Mail, MailRefusedError, send_mail
from service.web.languages import N_

log = structlog.get_logger()

DATA_EXPORT_PAGE = "data_export"
FORGOT_PASSWORD_PAGE = "forgot_password"  # noqa: S105  # A page, not a password.


@dataclass(frozen=True)
class Text:
    """The untranslated texts of a mail, with the placeholders `%(site)s` and `%(network)s`.

    `page` is the page to which the mail links, with the text `action`; without one, there is no
    link.
    """

    subject: str
    paragraphs: list[str]
    page: str = ""
    action: str = ""


class Notice(StrEnum):
    """A mail that tells a member what has happened to the account."""

    DATA_EXPORTED = "data_exported"
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    NEW_NETWORK = "new_network"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # A notice, not a password.
    TOKEN_REUSED = "token_reused"  # noqa: S105  # A notice, not a token.


NOTICES = {
    Notice.DATA_EXPORTED: Text(
        N_("Your data on %(site)s is ready"),
        [
            N_("The data that you requested on %(site)s is ready to be downloaded."),
            N_("It is deleted seven days after your request."),
        ],
        DATA_EXPORT_PAGE,
        N_("Download your data"),
    ),
    Notice.EMAIL_CHANGE_REQUESTED: Text(
        N_("Your email address on %(site)s is about to change"),
        [
            N_("Someone who knows your password has requested another email address on %(site)s."),
            N_("If it was not you, reset your password now. This cancels the change."),
        ],
        FORGOT_PASSWORD_PAGE,
        N_("Reset your password"),
    ),
    Notice.EMAIL_CHANGED: Text(
        N_("Your email address on %(site)s has been changed"),
        [
            N_(
                "Your account on %(site)s has a new email address, to which all mails are sent now."
            ),
            N_("If it was not you, tell the operator of %(site)s now."),
        ],
    ),
    Notice.NEW_NETWORK: Text(
        N_("New login to your account on %(site)s"),
        [
            N_("Your account on %(site)s was used to log in from a new network: %(network)s."),
            N_("If it was not you, reset your password now. This ends all sessions."),
        ],
        FORGOT_PASSWORD_PAGE,
        N_("Reset your password"),
    ),
    Notice.PASSWORD_CHANGED: Text(
        N_("Your password on %(site)s has been changed"),
        [
            N_(
                "The password of your account on %(site)s has been changed, and all other sessions "
                "have been ended."
            ),
            N_("If it was not you, reset your password now."),
        ],
        FORGOT_PASSWORD_PAGE,
        N_("Reset your password"),
    ),
    Notice.TOKEN_REUSED: Text(
        N_("A session of your account on %(site)s has been ended"),
        [
            N_(
                "A session of your account on %(site)s has been ended, because its login data was "
                "used twice. Someone may have copied it."
            ),
            N_("If you do not know why, reset your password now. This ends all sessions."),
        ],
        FORGOT_PASSWORD_PAGE,
        N_("Reset your password"),
    ),
}


def notify(notice: Notice, member_id: int, network: str = "", address: str | None = None) -> None:
    """Enqueue a mail to a member, if mail is on. The caller must commit.

    `address` is where to send it, by default the address that the member has then.
    """
    if current_app.config["MAIL_URL"]:
        enqueue(
            send_notice,
            notice=notice,
            member_id=member_id,
            network=network,
            locale=str(get_locale()),
            address=address,
        )


def send_notice(
    notice: str, member_id: int, network: str, locale: str, address: str | None = None
) -> None:
    """Send a notice, unless the member is disabled. A job."""
    member = db.session.get(Member, member_id)
    if member and not member.disabled_at:
        send_text(NOTICES[Notice(notice)], member, locale, address, network=network)


def send_text(
    text: Text, member: Member, locale: str, address: str | None = None, **values: str
) -> None:
    """Send a mail in the member's language, or if they have chosen none, in `locale`.

    `address` is where to send it, by default the member's.
    """
    send_text_to(text, address or member.email, member.locale or locale, **values)


def send_text_to(text: Text, address: str, locale: str, **values: str) -> None:
    """Send a mail to an address, in the language `locale`.

    `values` are those of placeholders, and the `token`. Ends the transaction, because a mail server
    may be slow.

    The link contains the token. Without pages, the mail contains the token itself, for an API
    client. If the server refuses the mail for good, this is logged.
    """
    db.session.commit()
    token = values.get("token")
    endpoint = current_app.extensions["mail_pages"].get(text.page)
    with force_locale(locale):
        site = current_app.config["SITE_NAME"]
        paragraphs = [gettext(each, site=site, **values) for each in text.paragraphs]
        if token and not endpoint:
            paragraphs.append(gettext("Your code: %(token)s", token=token))
        url = public_url(endpoint, **({"token": token} if token else {})) if endpoint else ""
        action = gettext(text.action) if url else ""
        mail = Mail(gettext(text.subject, site=site), paragraphs, action, url)
        try:
            send_mail(address, mail)
        except (MailRefusedError, ValueError) as error:
            log.warning("mail_refused", reason=str(error))
