"""Composing and sending mail. Only jobs call `send_mail`, because an SMTP server may be slow.

`EmailMessage` raises `ValueError` for a line break in a header, so nobody can add headers
(CWE-93).
"""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import make_msgid
from smtplib import SMTP, SMTP_SSL, SMTPDataError, SMTPRecipientsRefused

import click
import structlog
from email_validator import EmailNotValidError, validate_email
from flask import current_app, render_template

from service.mail.settings import MailServer

log = structlog.get_logger()

TIMEOUT_SECONDS = 10
# Replies from this code on are permanent: the server will not accept the message later
# (RFC 5321, section 4.2.1).
FIRST_PERMANENT_CODE = 500


class MailServerError(Exception):
    """The mail server did not accept the message. `code` is its reply (RFC 5321, section 4.2).

    The text of the reply is left out, because it may contain the address.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the mail server replied {code}")
        self.code = code


class MailRefusedError(MailServerError):
    """The mail server will not accept the message later either."""


@dataclass(frozen=True)
class Mail:
    """The translated texts of a mail. `url`, if set, is shown as a link with the text `action`."""

    subject: str
    paragraphs: Sequence[str]
    action: str = ""
    url: str = ""


def send_mail(address: str, mail: Mail) -> None:
    """Send a mail in the current locale. Without `MAIL_URL`, this is only logged.

    Raises `ValueError` for an invalid address and `MailRefusedError` if the server refuses the
    message for good. After a `MailServerError`, `SMTPException` or `OSError`, a later attempt may
    succeed.
    """
    server: MailServer | None = current_app.config["MAIL_URL"]
    if not server:
        log.error("mail_not_configured")
        return
    message = compose_message(address, mail)
    if server.scheme == "console":
        print_message(message)
    else:
        deliver(server, message)


def compose_message(address: str, mail: Mail) -> EmailMessage:
    """Return the message, with a part in plain text and one in HTML."""
    config = current_app.config
    sender = Address(config["SITE_NAME"], addr_spec=config["MAIL_FROM"])
    message = EmailMessage(SMTP_POLICY)
    message["From"] = sender
    message["To"] = Address(addr_spec=ascii_address(address))
    message["Subject"] = mail.subject
    message["Date"] = datetime.now(UTC)
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # Automatic replies, such as those of an absence, are not wanted (RFC 3834, section 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(render_template("mail.txt", mail=mail))
    message.add_alternative(render_template("mail.html", mail=mail), subtype="html")
    return message


def ascii_address(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA).

    Raises `ValueError` if it is invalid, or if the part before the @ is not ASCII: few servers
    accept such addresses.
    """
    try:
        email = validate_email(
            address, allow_smtputf8=False, check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError:
        raise ValueError("the mail server cannot send to this address") from None
    return str(email.ascii_email)


def print_message(message: EmailMessage) -> None:
    """Print the headers and the plain text of a message, for development."""
    for name in ("To", "Subject"):
        click.echo(f"{name}: {message[name]}")
    part = message.get_body(("plain",))
    click.echo(f"\n{part.get_content() if part else ''}")


def deliver(server: MailServer, message: EmailMessage) -> None:
    """Send a message with one recipient. Raises the same exceptions as `send_mail`."""
    with connect(server) as smtp:
        try:
            smtp.send_message(message)
        except SMTPRecipientsRefused as error:
            [(code, _reason)] = error.recipients.values()
            raise reply_error(code) from None
        except SMTPDataError as error:
            raise reply_error(error.smtp_code) from None


def reply_error(code: int) -> MailServerError:
    """Return the error for a reply of the server that is not a success."""
    return MailRefusedError(code) if code >= FIRST_PERMANENT_CODE else MailServerError(code)


@contextmanager
def connect(server: MailServer) -> Iterator[SMTP]:
    """Connect and log in to an SMTP server; the certificate of the server is verified."""
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        smtp: SMTP = SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    with smtp:
        if server.starttls:
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
