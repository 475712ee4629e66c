"""PostgreSQL: never waiting for long."""

from contextlib import suppress

from flask import Flask
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from service.core.checks import add_check
from service.core.clock import clock_check

CONNECT_TIMEOUT_SECONDS = 5


def prepare_postgresql(app: Flask) -> None:
    """Add the driver and the engine options, where the database is PostgreSQL."""
    url: URL = app.config["SQLALCHEMY_DATABASE_URI"]
    # Hosting providers say `postgres://`, which SQLAlchemy does not know.
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "postgresql":
        return
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    add_check(app, clock_check("SELECT extract(epoch FROM now())"))
    milliseconds = app.config["DB_STATEMENT_TIMEOUT_SECONDS"] * 1000
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] |= {
        "connect_args": {
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
        },
    }


def lock_postgresql(connection: Connection) -> None:
    """Take the lock of this database's migrations; wait for another process that has it.

    The server gives the lock back when the connection ends.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(hashtext('migrations'))"))
        connection.commit()


def create_postgresql_database(url: URL) -> None:
    """Create the database that the address names, where it is not there yet."""
    if url.get_backend_name() != "postgresql":
        return
    engine = create_engine(
        url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    name = engine.dialect.identifier_preparer.quote_identifier(str(url.database))
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT datname FROM pg_database"))
        if url.database in names.all():
            return
        # Another process may be as fast: then the database is there all the same.
        with suppress(ProgrammingError, IntegrityError):
            connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
