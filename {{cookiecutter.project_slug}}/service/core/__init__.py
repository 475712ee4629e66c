"""What every part of the service stands on; it knows none of them."""

from flask import Flask

from service.core import (
    api,
    checks,
    clients,
    commands,
    database,
    doctor,
    errors,
    fragments,
    headers,
    health,
    languages,
    limits,
    logs,
    migrations,
    navigation,
    proxy,
    rates,
)


def init_app(app: Flask) -> None:
    """Add the ground floor to the application, in start order."""
    checks.init_app(app)
    proxy.init_app(app)
    clients.init_app(app)
    logs.init_app(app)
    limits.init_app(app)
    rates.init_app(app)
    headers.init_app(app)
    languages.init_app(app)
    navigation.init_app(app)
    fragments.init_app(app)
    database.init_app(app)
    migrations.init_app(app)
    api.init_app(app)
    # After the API, whose own handlers would answer JSON on pages too.
    errors.init_app(app)
    health.init_app(app)
    doctor.init_app(app)
    commands.init_app(app)
