"""The application package. `flask --app service --debug run` starts the development server."""

from collections.abc import Mapping

from flask import Flask

from service import (
    accounts,  # [template] if auth
    board,
    bootstrap,  # [template] if bootstrap
    celery_jobs,  # [template] if celery
    community,  # [template] if auth
    config,
    database,
    forms,  # [template] if forms
    jobs,  # [template] if auth or celery
    mail,  # [template] if auth or celery
    members,  # [template] if auth and forms
    operations,
    web,
    worker,  # [template] if auth and not celery
)
from service.config.schema import GeneralSettings
from service.database.settings import DatabaseSettings
from service.forms.settings import FormSettings  # [template] if forms
from service.operations.doctor import warn_in_production


class Settings(
    accounts.AccountSettings,  # [template] if auth
    mail.MailSettings,  # [template] if auth or celery
    celery_jobs.CelerySettings,  # [template] if celery
    FormSettings,  # [template] if forms
    DatabaseSettings,
    GeneralSettings,
):
    """The settings of all packages, validated together before any package is initialized."""


def create_app(settings: Mapping[str, str] | None = None) -> Flask:
    """Create and configure the application.

    Settings come from the environment and `.env`; `settings` overrides both, for tests.
    Raises `ConfigurationError` for settings that are missing, invalid or unsafe.
    """
    app = Flask(__name__)
    config.init_app(app, Settings(), settings or {})
    operations.init_app(app)
    database.init_app(app)
    web.init_app(app)
    bootstrap.init_app(app)  # [template] if bootstrap
    jobs.init_app(app)  # [template] if auth or celery
    worker.init_app(app)  # [template] if auth and not celery
    celery_jobs.init_app(app)  # [template] if celery
    mail.init_app(app)  # [template] if auth or celery
    accounts.init_app(app)  # [template] if auth
    board.init_app(app)
    community.init_app(app)  # [template] if auth
    members.init_app(app)  # [template] if auth and forms
    forms.init_app(app)  # [template] if forms
    warn_in_production(app)
    return app
