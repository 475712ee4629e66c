"""Members: who they are, how they log in, and the sessions that follow."""

from flask import Flask

from service.accounts import keys
from service.accounts.access import BEARER, known_member
from service.accounts.api import bp
from service.accounts.commands import create_member, disable_member, purge
from service.core.clients import identify_by
from service.extensions import api


def init_app(app: Flask) -> None:
    """Add accounts to the application."""
    keys.init_app(app)
    identify_by(app, known_member)
    api.spec.components.security_scheme(
        BEARER, {"type": "http", "scheme": BEARER, "bearerFormat": "JWT"}
    )
    api.register_blueprint(bp)
    for command in (create_member, disable_member, purge):
        app.cli.add_command(command)
