"""Accounts: registration, login, sessions and tokens, with a JSON API and commands."""

from datetime import timedelta

from flask import Flask

from service.accounts import member_profile
from service.accounts.api import bp
from service.accounts.authentication import member_created
from service.accounts.commands import (
    create_member,
    delete_member,
    disable_member,
    enable_member,
    purge,
    revoke,
    set_password,
)
from service.accounts.data_export import account_data, collect_data
from service.accounts.deletion import send_farewell
from service.accounts.email_confirmation import send_email_change
from service.accounts.invitations import invite
from service.accounts.jobs import purge_expired
from service.accounts.mails import send_notice
from service.accounts.password_reset import send_password_reset
from service.accounts.passwords import BCRYPT_COST, TEST_BCRYPT_COST, PasswordHasher
from service.accounts.principal import BEARER
from service.accounts.registration_confirmation import enqueue_confirmation, send_confirmation
from service.accounts.settings import AccountSettings
from service.jobs.registry import register_job
from service.web.api import api

__all__ = ["AccountSettings", "init_app"]


def init_app(app: Flask) -> None:
    """Create the app's password hasher, and register the API, the jobs and the commands."""
    cost = TEST_BCRYPT_COST if app.testing else BCRYPT_COST
    app.extensions["password_hasher"] = PasswordHasher(app.config["PASSWORD_PEPPER"], cost)
    # The endpoints of the pages that mails link to, by name. Without pages it stays empty.
    app.extensions["mail_pages"] = {}
    # Other packages add the data of a member that they store.
    app.extensions["data_sources"] = [account_data]
    api.spec.components.security_scheme(
        BEARER, {"type": "http", "scheme": BEARER, "bearerFormat": "JWT"}
    )
    api.register_blueprint(bp)
    member_profile.init_app(app)
    member_created.connect(enqueue_confirmation)
    register_job(app, purge_expired, every=timedelta(days=1))
    register_job(app, collect_data)
    register_job(app, send_farewell)
    register_job(app, send_confirmation)
    register_job(app, send_email_change)
    register_job(app, send_notice)
    register_job(app, send_password_reset)
    for command in (
        create_member,
        invite,
        set_password,
        disable_member,
        enable_member,
        delete_member,
        revoke,
        purge,
    ):
        app.cli.add_command(command)
