"""MySQL and MariaDB: strict mode, utf8mb4, and a limit on every wait."""

from collections.abc import Callable
from inspect import signature
from typing import Any

from alembic.util import CommandError
from flask import Config, Flask
from pymysql.connections import Connection as DriverConnection
from pymysql.err import Error as DriverError
from pymysql.err import InternalError, OperationalError
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from service.config.settings import ConfigurationError
from service.database import mysql_full_text
from service.database.circuit_breaker import CircuitBreaker
from service.extensions import db

DRIVER = "mysql+pymysql"
MIGRATION_OPTIONS: dict[str, Any] = {}
CONNECTION_ADVICE = (
    "Check DATABASE_URL or the DB_ settings, start the server, and create the database: "
    "flask --app service create-database"
)
CONNECT_ARGS = {"connect_timeout": 3}
FULL_TEXT = mysql_full_text
MIGRATION_TIMEOUT_SECONDS = 600
SQL_MODE = "STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO"
# The numbers of errors that mean a temporary outage, raised by the server or the client
# (https://dev.mysql.com/doc/mysql-errors/8.4/en/client-error-reference.html).
OUTAGE_ERRORS = {
    0,  # PyMySQL: the connection is closed.
    1021,  # Disk full
    1037,  # Out of memory
    1040,  # Too many connections
    1041,  # Out of memory
    1044,  # Access denied to the database
    1045,  # Access denied for the user
    1047,  # MariaDB: the node of a Galera cluster is not ready
    1049,  # Unknown database
    1053,  # Server shutdown in progress
    1114,  # Table full
    1129,  # Host is blocked
    1158,  # Error reading communication packets
    1159,  # Timeout reading communication packets
    1160,  # Error writing communication packets
    1161,  # Timeout writing communication packets
    1203,  # Too many connections of one user
    1205,  # Lock wait timeout
    1213,  # Deadlock
    1226,  # Limit of the user exceeded
    1290,  # Server is read-only
    1317,  # Query interrupted
    1792,  # Transaction is read-only
    1836,  # Server is in read-only mode
    1927,  # MariaDB: the connection was killed
    1969,  # MariaDB: max_statement_time
    2002,  # Cannot connect through the socket
    2003,  # Cannot connect to the server
    2006,  # Server has gone away
    2013,  # Lost connection
    3024,  # MySQL: max_execution_time
    3169,  # MySQL: the session was killed
    4031,  # MySQL: disconnected because of inactivity
}


def engine_options(config: Config) -> dict[str, Any]:
    """Return the arguments of `create_engine`."""
    seconds = config["DB_STATEMENT_TIMEOUT_SECONDS"]
    lock_seconds = config["DB_LOCK_TIMEOUT_SECONDS"]
    return {
        # Each statement sees committed rows; fewer locks are taken than in the default level.
        "isolation_level": "READ COMMITTED",
        # Replace connections that a restarted server has closed.
        "pool_pre_ping": True,
        "connect_args": {
            "charset": "utf8mb4",
            "sql_mode": SQL_MODE,
            # For a server that no longer responds, and for statements that MySQL does not cancel.
            "read_timeout": seconds + 1,
            "write_timeout": seconds + 1,
            **CONNECT_ARGS,
        },
        "pool_events": [(timeout_listener(seconds, lock_seconds), "connect")],
    }


def timeout_listener(
    seconds: int, lock_seconds: int
) -> Callable[[DriverConnection, ConnectionPoolEntry], None]:
    """Return a `connect` listener that limits the time of a statement and its wait for a lock.

    MySQL cancels only statements that read. A statement that writes ends with the wait for a lock
    or with the timeout of the driver.
    """

    def set_timeouts(connection: DriverConnection, _entry: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            # PyMySQL's stubs leave this method untyped.
            if "MariaDB" in connection.get_server_info():  # type: ignore[no-untyped-call]
                cursor.execute("SET SESSION max_statement_time = %s", (seconds,))
            else:
                cursor.execute("SET SESSION max_execution_time = %s", (seconds * 1000,))
            # Locks of rows, and of tables that are being altered.
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", (lock_seconds,))
            cursor.execute("SET SESSION lock_wait_timeout = %s", (lock_seconds,))

    return set_timeouts


def init_app(app: Flask) -> None:
    """Add a circuit breaker; raise `ConfigurationError` if the URL has an unknown parameter."""
    with app.app_context():
        engine = db.engine
    CircuitBreaker(engine, is_timeout)
    _, arguments = engine.dialect.create_connect_args(engine.url)
    if arguments.keys() - signature(DriverConnection).parameters.keys():
        raise ConfigurationError("DATABASE_URL: PyMySQL rejects a query parameter.")


def lock_migrations(connection: Connection) -> None:
    """Take a lock named after the database; raise `CommandError` after ten minutes.

    The server releases the lock when the connection ends.
    """
    acquired = connection.scalar(
        # The name of a lock has up to 64 characters, as many as the name of a database.
        text("SELECT GET_LOCK(SHA1(CONCAT(DATABASE(), '.migrations')), :seconds)"),
        {"seconds": MIGRATION_TIMEOUT_SECONDS},
    )
    # Alembic does not commit a transaction that it did not begin.
    connection.commit()
    if not acquired:
        raise CommandError("another process has been migrating for too long")


def create_database(url: URL) -> str:
    """Create the database in utf8mb4 if it does not exist; return a message."""
    engine = create_engine(
        url.set(database="information_schema"), poolclass=NullPool, connect_args=CONNECT_ARGS
    )
    name = engine.dialect.identifier_preparer.quote_identifier(str(url.database))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4")
    return f"The database {url.database} exists."


def is_outage(error: BaseException) -> bool:
    """Return whether the error means a temporary outage of the server.

    PyMySQL raises errors without a number if the server does not follow the protocol.
    """
    if error_code(error) is None:
        return isinstance(error, (InternalError, OperationalError))
    return isinstance(error, DriverError) and error.args[0] in OUTAGE_ERRORS


def is_timeout(error: BaseException) -> bool:
    """Return whether the error means that the server did not respond in time."""
    return isinstance(error, DriverError) and isinstance(error.__context__, TimeoutError)


def error_code(error: BaseException) -> str | None:
    """Return the error number of the server or the driver, `None` if there is none."""
    number = error.args[0] if error.args else None
    return str(number) if isinstance(number, int) else None
