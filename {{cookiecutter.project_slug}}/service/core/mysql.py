"""MySQL and MariaDB: strict, in utf8mb4, and never waiting for long."""

from collections.abc import Callable

from alembic.util import CommandError
from flask import Flask
from pymysql.connections import Connection as DriverConnection
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from service.core.checks import add_check
from service.core.clock import clock_check

BACKENDS = {"mysql", "mariadb"}
CONNECT_TIMEOUT_SECONDS = 5
MIGRATION_TIMEOUT_SECONDS = 600
SQL_MODE = "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO"


def prepare_mysql(app: Flask) -> None:
    """Add the driver and the engine options, where the database is MySQL or MariaDB."""
    url: URL = app.config["SQLALCHEMY_DATABASE_URI"]
    if url.get_backend_name() not in BACKENDS:
        return
    if url.drivername in BACKENDS:
        url = url.set(drivername=f"{url.drivername}+pymysql")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    add_check(app, clock_check("SELECT unix_timestamp()"))
    seconds = app.config["DB_STATEMENT_TIMEOUT_SECONDS"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] |= {
        # What another transaction committed is seen, and fewer locks are held.
        "isolation_level": "READ COMMITTED",
        "connect_args": {
            "charset": "utf8mb4",
            "sql_mode": SQL_MODE,
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            # The statement timeout acts first; this one is for a server that says nothing more.
            "read_timeout": seconds + 5,
            "write_timeout": seconds + 5,
        },
        "pool_events": [(limited_to(seconds), "connect")],
    }


def limited_to(seconds: int) -> Callable[[DriverConnection, ConnectionPoolEntry], None]:
    """Return a listener that limits how long a statement, or its wait for a lock, may take."""

    def limit(connection: DriverConnection, _entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            # Its stubs leave this method without types.
            if "MariaDB" in connection.get_server_info():  # type: ignore[no-untyped-call]
                cursor.execute("SET SESSION max_statement_time = %s", (seconds,))
            else:
                cursor.execute("SET SESSION max_execution_time = %s", (seconds * 1000,))
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", (seconds,))

    return limit


def mysql_code(error: BaseException) -> str | None:
    """Return the number of an error of the server or of its driver; None for any other error."""
    number = error.args[0] if error.args else None
    return str(number) if isinstance(number, int) else None


def lock_mysql(connection: Connection) -> None:
    """Take the lock named for this database; wait for another process that has it.

    The server gives the lock back when the connection ends.
    """
    if connection.dialect.name not in BACKENDS:
        return
    is_ours = connection.scalar(
        text("SELECT GET_LOCK(CONCAT(DATABASE(), '.migrations'), :seconds)"),
        {"seconds": MIGRATION_TIMEOUT_SECONDS},
    )
    # Else Alembic would find a transaction of somebody else, and commit nothing.
    connection.commit()
    if not is_ours:
        raise CommandError("another process has been migrating for too long")


def create_mysql_database(url: URL) -> None:
    """Create the database that the address names, in utf8mb4, where it is not there yet."""
    if url.get_backend_name() not in BACKENDS:
        return
    engine = create_engine(url.set(database="information_schema"), poolclass=NullPool)
    name = engine.dialect.identifier_preparer.quote_identifier(str(url.database))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4")
