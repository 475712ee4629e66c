"""The command `send-test-mail`."""

from smtplib import SMTPException

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import gettext

from service.mail.links import public_url
from service.mail.sending import Mail, MailServerError, send_mail


@click.command("send-test-mail")
@click.argument("address")
@with_appcontext
def send_test_mail(address: str) -> None:
    """Send a test mail to an address, to try the settings."""
    site = current_app.config["SITE_NAME"]
    if not current_app.config["MAIL_URL"]:
        raise click.ClickException("MAIL_URL is not set.")
    subject = gettext("Test mail from %(site)s", site=site)
    text = gettext("This is a test. You can delete this mail.")
    try:
        send_mail(address, Mail(subject, [text], site, public_url("docs.show_docs")))
    except (MailServerError, OSError, SMTPException, ValueError) as error:
        raise click.ClickException(f"The mail was not sent: {error}") from error
    click.echo(f"Sent to {address}.")
