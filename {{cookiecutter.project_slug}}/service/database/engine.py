"""The SQLAlchemy engine: connection pool, timeouts, and how database errors are reported."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Config, Flask
from sqlalchemy import text
from sqlalchemy.exc import ArgumentError, DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.config.settings import ConfigurationError
from service.database.dialects import find_dialect
from service.extensions import db
from service.operations.doctor import Check, add_check


def init_app(app: Flask) -> None:
    """Configure the engine; raise `ConfigurationError` if its URL or driver cannot be used."""
    config = app.config
    url = config["SQLALCHEMY_DATABASE_URI"]
    dialect = find_dialect(url)
    if "+" not in url.drivername:
        config["SQLALCHEMY_DATABASE_URI"] = url.set(drivername=dialect.DRIVER)
    config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": config["DB_POOL_SIZE"],
        "max_overflow": config["DB_MAX_OVERFLOW"],
        "pool_recycle": config["DB_POOL_RECYCLE_SECONDS"],
        "pool_timeout": config["DB_POOL_TIMEOUT_SECONDS"],
        # Error messages are logged, and must not contain what users wrote.
        "hide_parameters": True,
        **dialect.engine_options(config),
    }
    try:
        db.init_app(app)
    except (ArgumentError, ImportError):
        # `from None`: the message of the cause may contain the password.
        raise ConfigurationError(
            "DATABASE_URL: no driver is installed for this database."
        ) from None
    except (TypeError, ValueError):
        raise ConfigurationError("DATABASE_URL: a query parameter is invalid.") from None
    dialect.init_app(app)
    # This runs before Flask-SQLAlchemy's function, which would turn a response into a 500 if the
    # connection was lost after the last statement.
    app.teardown_appcontext(remove_db_session)
    add_check(app, Check("every thread can have a connection", check_pool_size))
    add_check(app, Check("the database responds", check_connection, needs_server=True))


def remove_db_session(_error: BaseException | None = None) -> None:
    """Roll back what was not committed, and close the session, even if the connection is lost."""
    try:
        db.session.remove()
    except SQLAlchemyError:
        # The rollback failed, and SQLAlchemy has discarded the connection.
        db.session.remove()


@contextmanager
def cli_database_errors() -> Iterator[None]:
    """Turn a database error in a command into one line on the terminal, and exit status 1."""
    try:
        yield
    except DBAPIError as error:
        cause = str(error.orig).partition("\n")[0]
        raise click.ClickException(
            f"Database error: {cause}. To find out why, run: flask --app service doctor"
        ) from error


def is_outage(error: SQLAlchemyError) -> bool:
    """Return whether the error means a temporary outage of the database, not a bug."""
    if isinstance(error, DBAPIError) and error.orig:
        return error.connection_invalidated or find_dialect(db.engine.url).is_outage(error.orig)
    # No pooled connection was free in time, or the connection was lost in a transaction.
    return isinstance(error, (PoolTimeoutError, PendingRollbackError))


def database_error_reason(error: Exception) -> str:
    """Return the type and the code of a driver's error, for logs and checks.

    The message of the error is omitted, because it may contain an address or a password.
    """
    cause = getattr(error, "orig", None) or error
    code = find_dialect(db.engine.url).error_code(cause)
    return f"{type(cause).__name__} {code}" if code else type(cause).__name__


def check_pool_size(config: Config) -> Iterator[str]:
    """Yield a problem if threads may have to wait for a connection."""
    connections = config["DB_POOL_SIZE"] + config["DB_MAX_OVERFLOW"]
    threads = config["WEB_THREADS"]
    if connections < threads:
        yield (
            f"WEB_THREADS={threads} threads share {connections} connections. "
            "Raise DB_POOL_SIZE or DB_MAX_OVERFLOW."
        )


def check_connection(_config: Config) -> Iterator[str]:
    """Yield a problem if the database does not respond."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        remove_db_session()
        advice = find_dialect(db.engine.url).CONNECTION_ADVICE
        yield f"{database_error_reason(error)}. {advice}"
