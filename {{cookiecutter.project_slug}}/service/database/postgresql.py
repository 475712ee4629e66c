"""PostgreSQL: a limit on every wait."""

from typing import Any

import psycopg
from flask import Config, Flask
from psycopg.conninfo import make_conninfo
from psycopg.errors import ConnectionTimeout, DuplicateDatabase, UniqueViolation
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from service.config.settings import ConfigurationError
from service.database import postgresql_full_text
from service.database.circuit_breaker import CircuitBreaker
from service.database.postgresql_connection import ResponseTimeout, limit_waits
from service.extensions import db

DRIVER = "postgresql+psycopg"
MIGRATION_OPTIONS: dict[str, Any] = {}
CONNECTION_ADVICE = (
    "Check DATABASE_URL or the DB_ settings, start the server, and create the database: "
    "flask --app service create-database"
)
CONNECT_ARGS = {"connect_timeout": 3}
FULL_TEXT = postgresql_full_text


def engine_options(config: Config) -> dict[str, Any]:
    """Return the arguments of `create_engine`."""
    connect_args: dict[str, Any] = dict(CONNECT_ARGS)
    if config["DB_TRANSACTION_POOLING"]:
        # A prepared statement would exist in one of several server connections only.
        connect_args["prepare_threshold"] = None
    else:
        options = [f"-c {name}={value}" for name, value in timeouts(config).items()]
        connect_args["options"] = " ".join(options)
    # The ping replaces connections that a restarted server has closed.
    return {"pool_pre_ping": True, "connect_args": connect_args}


def timeouts(config: Config) -> dict[str, str]:
    """Return the parameters of PostgreSQL that limit a statement and its wait for a lock."""
    return {
        "statement_timeout": f"{config['DB_STATEMENT_TIMEOUT_SECONDS']}s",
        "lock_timeout": f"{config['DB_LOCK_TIMEOUT_SECONDS']}s",
    }


def init_app(app: Flask) -> None:
    """Limit all waits; raise `ConfigurationError` if the URL has an unknown parameter."""
    config = app.config
    try:
        # libpq rejects unknown names. The values are not used.
        make_conninfo(**dict.fromkeys(config["SQLALCHEMY_DATABASE_URI"].query, "1"))
    except psycopg.ProgrammingError:
        raise ConfigurationError("DATABASE_URL: psycopg rejects a query parameter.") from None
    with app.app_context():
        engine = db.engine
    CircuitBreaker(engine, is_timeout)
    # For a server that no longer responds. The statement timeout is shorter.
    limit_waits(engine, config["DB_STATEMENT_TIMEOUT_SECONDS"] + 1)
    if config["DB_TRANSACTION_POOLING"]:
        limit_transactions(engine, timeouts(config))


def limit_transactions(engine: Engine, parameters: dict[str, str]) -> None:
    """Set the parameters at the beginning of each transaction, and for this transaction only.

    PgBouncer rejects parameters of a connection.
    """
    calls = [f"set_config('{name}', '{value}', true)" for name, value in parameters.items()]
    statement = f"SELECT {', '.join(calls)}"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(statement))


def lock_migrations(connection: Connection) -> None:
    """Wait for an advisory lock. The server releases it when the connection ends."""
    connection.execute(text("SELECT pg_advisory_lock(hashtext('migrations'))"))
    # Alembic does not commit a transaction that it did not begin.
    connection.commit()


def create_database(url: URL) -> str:
    """Create the database in UTF-8 if it does not exist; return a message."""
    engine = create_engine(
        url.set(database="postgres"),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args=CONNECT_ARGS,
    )
    name = engine.dialect.identifier_preparer.quote_identifier(str(url.database))
    with engine.connect() as connection:
        if url.database not in connection.scalars(text("SELECT datname FROM pg_database")).all():
            statement = f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as error:
                # Another process may have created the database in the meantime.
                if not isinstance(error.orig, (DuplicateDatabase, UniqueViolation)):
                    raise
    return f"The database {url.database} exists."


def is_outage(error: BaseException) -> bool:
    """Return whether the error means a temporary outage of the server.

    psycopg raises several classes for lost connections, locks, timeouts and read-only servers, and
    these for wrong statements and values.
    """
    bugs = (psycopg.ProgrammingError, psycopg.DataError, psycopg.IntegrityError)
    return isinstance(error, psycopg.Error) and not isinstance(error, bugs)


def is_timeout(error: BaseException) -> bool:
    """Return whether the error means that the server did not respond in time."""
    return isinstance(error, (ConnectionTimeout, ResponseTimeout))


def error_code(error: BaseException) -> str | None:
    """Return the SQLSTATE of an error, `None` if the server did not raise it."""
    return getattr(error, "sqlstate", None)
