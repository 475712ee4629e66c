"""Checks of the mail server for the `doctor` command."""

from collections.abc import Iterator
from smtplib import SMTPException

from flask import Config

from service.mail.sending import connect


def check_mail_settings(config: Config) -> Iterator[str]:
    """Yield a problem if no mail is sent."""
    if not config["MAIL_URL"]:
        yield "MAIL_URL is not set, so no mail is sent. Set MAIL_URL, MAIL_FROM and PUBLIC_URL."


def check_mail_server(config: Config) -> Iterator[str]:
    """Yield a problem if it is not possible to connect and log in to the mail server."""
    server = config["MAIL_URL"]
    if not server or server.scheme == "console":
        return
    try:
        with connect(server):
            pass
    except (OSError, SMTPException) as error:
        yield f"MAIL_URL: {type(error).__name__}. Check the server, the port and the password."
