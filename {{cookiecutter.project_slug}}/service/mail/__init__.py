"""Mail: sending messages with text and HTML through an SMTP server."""

from flask import Blueprint, Flask

from service.mail.checks import check_mail_server, check_mail_settings
from service.mail.commands import send_test_mail
from service.mail.settings import MailSettings
from service.operations.doctor import Check, add_check

__all__ = ["MailSettings", "init_app"]

# Has no routes: a blueprint is how a package adds its folder of templates.
bp = Blueprint("mail", __name__, template_folder="templates")


def init_app(app: Flask) -> None:
    """Register the templates, the checks and the command `send-test-mail`."""
    app.register_blueprint(bp)
    add_check(app, Check("mail is configured", check_mail_settings))
    add_check(app, Check("the mail server responds", check_mail_server, needs_server=True))
    app.cli.add_command(send_test_mail)
