"""The service: `flask --app service --debug run` starts it, `create_app` makes it."""

import gc
from collections.abc import Mapping

from flask import Flask

# What is imported stays. To look for garbage in it, again and again, takes a fifth of the start.
gc.disable()

from service import (  # noqa: E402  # Not before the line above.
    accounts,  # [template] if auth
    board,
    bootstrap,  # [template] if bootstrap
    community,  # [template] if auth
    config,
    core,
    forms,  # [template] if forms
    members,  # [template] if auth and forms
    observability,
)
from service.core.checks import warn_in_production  # noqa: E402  # Not before it either.

gc.freeze()
gc.enable()


def create_app(settings: Mapping[str, str] | None = None) -> Flask:
    """Return a new application, configured from the environment and `.env`.

    `settings` goes before both, so that a test needs no environment. Raises
    `ConfigurationError` with a sentence for each setting that is missing, makes no sense or is
    not safe.
    """
    app = Flask(__name__)
    config.init_app(app, settings or {})
    core.init_app(app)
    observability.init_app(app)
    bootstrap.init_app(app)  # [template] if bootstrap
    accounts.init_app(app)  # [template] if auth
    board.init_app(app)
    community.init_app(app)  # [template] if auth
    members.init_app(app)  # [template] if auth and forms
    forms.init_app(app)  # [template] if forms
    warn_in_production(app)
    return app
