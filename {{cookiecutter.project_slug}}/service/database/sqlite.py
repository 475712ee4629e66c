"""SQLite: write-ahead log, foreign keys, and safe writes from several threads and processes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any

from click import get_current_context
from flask import Config, Flask, has_request_context, request
from sqlalchemy import URL, Connection, Engine, ExceptionContext, event
from sqlalchemy.pool import ConnectionPoolEntry

from service.database import sqlite_file, sqlite_full_text
from service.extensions import db
from service.operations.doctor import Check, add_check

DRIVER = "sqlite"
MIGRATION_OPTIONS: dict[str, Any] = {
    # SQLite can change a column only by copying the table.
    "render_as_batch": True,
    # SQLite can roll back a failed upgrade, but Alembic does not assume so.
    "transactional_ddl": True,
}
CONNECT_ARGS: dict[str, Any] = {}
FULL_TEXT = sqlite_full_text
CONNECTION_ADVICE = "Check the path in DATABASE_URL."
READ_ONLY_COMMANDS = {"doctor", "shell"}
MIGRATION_TIMEOUT_MILLISECONDS = 600_000
# SQLite checks the time after this many instructions, which take about a millisecond. Reading a
# page of a list takes fewer.
INSTRUCTIONS_PER_TIME_CHECK = 1_000
# After these errors a connection stays unusable, even if the file is repaired.
INVALIDATING_ERRORS = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}


def engine_options(config: Config) -> dict[str, Any]:
    """Return the arguments of `create_engine`."""
    # A writer waits up to `timeout` seconds for another writer. `isolation_level: None` leaves the
    # start of transactions to the listener `begin_transaction`.
    timeout = config["DB_STATEMENT_TIMEOUT_SECONDS"]
    return {"connect_args": {"timeout": timeout, "isolation_level": None}}


def init_app(app: Flask) -> None:
    """Add listeners to the engine, and register the check of the database file."""
    with app.app_context():
        engine = db.engine
    event.listen(engine, "connect", set_pragmas)
    event.listen(engine, "begin", begin_transaction)
    event.listen(engine, "handle_error", invalidate_connection)
    event.listen(engine, "invalidate", release_locks)
    limit_statements(engine, app.config["DB_STATEMENT_TIMEOUT_SECONDS"])
    sqlite_file.init_app(app.config, engine)
    add_check(app, Check("the database file is writable", check_file_writable))


def set_pragmas(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Set the pragmas that SQLite does not store in the file.

    In WAL mode, readers and the writer do not block each other. `synchronous=NORMAL` cannot corrupt
    the file; a power failure may lose the last commits (https://sqlite.org/wal.html).
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def begin_transaction(connection: Connection) -> None:
    """Begin a transaction; one that may write takes the write lock immediately.

    If a transaction reads first and another one then writes, SQLite does not let the first write,
    and raises "database is locked" without waiting.
    """
    connection.exec_driver_sql("BEGIN" if is_read_only() else "BEGIN IMMEDIATE")


def is_read_only() -> bool:
    """Return whether the current request or command only reads.

    `flask shell` counts as read-only: it would hold the write lock until it is closed.
    """
    if has_request_context():
        return request.method in {"GET", "HEAD", "OPTIONS"}
    command = get_current_context(silent=True)
    return command is not None and command.info_name in READ_ONLY_COMMANDS


def limit_statements(engine: Engine, seconds: int) -> None:
    """Interrupt each statement after this time; it raises `OperationalError`."""

    @event.listens_for(engine, "connect")
    def check_time(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        info = entry.info
        connection.set_progress_handler(
            lambda: monotonic() > info.get("deadline", inf), INSTRUCTIONS_PER_TIME_CHECK
        )

    @event.listens_for(engine, "before_cursor_execute")
    def set_deadline(connection: Connection, *_arguments: object) -> None:
        connection.info["deadline"] = monotonic() + seconds


def invalidate_connection(context: ExceptionContext) -> None:
    """Discard all connections after an error that a new connection may not have.

    For example, a connection that was opened while the file was read-only stays read-only.
    """
    if primary_result_code(context.original_exception) in INVALIDATING_ERRORS:
        context.is_disconnect = True


def release_locks(
    connection: sqlite3.Connection, _entry: ConnectionPoolEntry, _error: BaseException | None
) -> None:
    """Roll back before a connection is discarded, which a cursor may keep open with its locks."""
    with suppress(sqlite3.Error):
        connection.rollback()


def lock_migrations(connection: Connection) -> None:
    """Take the write lock until the migrations are done.

    Foreign keys must be off: a batch migration copies a table and drops the old one, which would
    delete the rows that refer to it. They are off, because `set_pragmas` is for another engine.
    """
    driver: Any = connection.connection.driver_connection
    driver.isolation_level = None
    driver.execute(f"PRAGMA busy_timeout = {MIGRATION_TIMEOUT_MILLISECONDS}")
    driver.execute("BEGIN IMMEDIATE")


def create_database(url: URL) -> str:
    """Create nothing; return a message that the first migration creates the file."""
    return f"Nothing to do: `flask --app service db upgrade` creates the file {url.database}."


def is_outage(error: BaseException) -> bool:
    """Return whether the error means an outage, such as a locked, missing or damaged file.

    Of the codes that the driver reports as an `OperationalError`, only `SQLITE_ERROR` means that
    the SQL statement is invalid. It reports a damaged file as a plain `DatabaseError`.
    """
    code = primary_result_code(error)
    if isinstance(error, sqlite3.OperationalError):
        return code != sqlite3.SQLITE_ERROR
    return code in INVALIDATING_ERRORS


def primary_result_code(error: BaseException) -> int:
    """Return the primary result code of an error (https://sqlite.org/rescode.html)."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def error_code(error: BaseException) -> str | None:
    """Return the name of the result code, such as `SQLITE_BUSY`, or `None`."""
    return getattr(error, "sqlite_errorname", None)


def check_file_writable(_config: Config) -> Iterator[str]:
    """Yield a problem if the database file is missing or read-only for the current user."""
    file = sqlite_file.database_path(db.engine)
    if not file.exists():
        yield f"{file} does not exist. Create it: flask --app service db upgrade"
    for path in (file.parent, file):
        if path.exists() and not os.access(path, os.W_OK):
            yield f"{path} is read-only for the user that runs the service. Change it with chown."
