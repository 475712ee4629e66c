"""The connection to the database: its pool, its time limits, what each connection is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Config, Flask
from sqlalchemy.exc import ArgumentError, DBAPIError

from service.config import ConfigurationError
from service.core.mysql import mysql_code, prepare_mysql  # [template] if mysql
from service.core.postgresql import prepare_postgresql  # [template] if postgresql
from service.core.sqlite import prepare_sqlite  # [template] if sqlite
from service.extensions import Base, db


def init_app(app: Flask) -> None:
    """Bind the database to the application, with an engine made as the settings say."""
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = pool(app.config)
    prepare_mysql(app)  # [template] if mysql
    prepare_postgresql(app)  # [template] if postgresql
    try:
        db.init_app(app)
    except (ArgumentError, ImportError):
        # Without the cause: it may print the password.
        raise ConfigurationError(
            "DATABASE_URL or DB_PROTOCOL names a database for which no driver is installed."
        ) from None
    prepare_sqlite(app)  # [template] if sqlite
    app.shell_context_processor(names_in_shell)


def pool(config: Config) -> dict[str, Any]:
    """Return the engine options that hold a few connections open and ready.

    Nobody waits for a free one for long, and none grows old (SQLAlchemy, "Connection Pooling").
    """
    return {
        "pool_size": config["DB_POOL_SIZE"],
        "max_overflow": config["DB_MAX_OVERFLOW"],
        "pool_recycle": config["DB_POOL_RECYCLE_SECONDS"],
        "pool_timeout": config["DB_POOL_TIMEOUT_SECONDS"],
        # An error's message, which is logged, tells nothing of what people wrote.
        "hide_parameters": True,
        # [template] if not sqlite
        # Tried before it is lent, so that a restarted server costs nobody a request.
        "pool_pre_ping": True,
        # [template] endif
    }


@contextmanager
def told_plainly() -> Iterator[None]:
    """Tell whoever types a command in one sentence that the database refuses."""
    try:
        yield
    except DBAPIError as error:
        cause = str(error.orig).partition("\n")[0]
        raise click.ClickException(
            f"The database says: {cause}. The cure: flask --app service doctor"
        ) from error


def reason(error: Exception) -> str:
    """Return what the driver calls an error: its kind, and its code where there is one.

    Without its words, which may hold an address or a password.
    """
    cause = getattr(error, "orig", None) or error
    names = [
        type(cause).__name__,
        getattr(cause, "sqlite_errorname", None),  # [template] if sqlite
        mysql_code(cause),  # [template] if mysql
        getattr(cause, "sqlstate", None),  # [template] if postgresql
    ]
    return " ".join(name for name in names if name)


def names_in_shell() -> dict[str, object]:
    """Return what `flask --app service shell` knows without an import: `db` and each model."""
    models = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
    return {"db": db, **models}
