"""SQLite: safe with several threads and processes that read and write at once."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from click import get_current_context
from flask import Config, Flask, has_request_context, request
from sqlalchemy import Connection, ExceptionContext, event
from sqlalchemy.pool import ConnectionPoolEntry

from service.core.checks import Check, add_check
from service.extensions import db

READING_COMMANDS = {"doctor", "shell"}
MIGRATION_TIMEOUT_MILLISECONDS = 600_000
# As Linux names them.
OVER_A_NETWORK = {"9p", "afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "nfs", "nfs4", "smb3"}
MOUNTS = Path("/proc/mounts")


def prepare_sqlite(app: Flask) -> None:
    """Prepare each connection and each transaction, where the database is SQLite."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepared(app.config["DB_STATEMENT_TIMEOUT_SECONDS"]))
        event.listen(engine, "begin", begin)
        event.listen(engine, "handle_error", let_go)
        add_check(app, Check("the database's file can be written", unwritable_file))
        add_check(app, Check("the database's file is on this machine", distant_file))


def prepared(seconds: int) -> Callable[[sqlite3.Connection, ConnectionPoolEntry], None]:
    """Return a listener that sets what SQLite forgets between connections.

    A writer waits so many seconds for another. With WAL, readers and the writer do not wait for
    each other, and `synchronous=NORMAL` is safe (https://sqlite.org/wal.html); foreign keys are
    off unless asked for.
    """

    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # The driver's own transactions would begin late and deferred: `begin` does it.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {seconds * 1000}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    return prepare


def begin(connection: Connection) -> None:
    """Begin a transaction; one that may write takes the write lock now.

    A transaction that reads first and writes later cannot wait for the lock: SQLite refuses it
    at once ("database is locked") when another one has written in between.
    """
    if only_reads():
        # By the driver, in a fifth of the time: it locks nothing yet, and nothing can go wrong.
        connection.connection.cursor().execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def only_reads() -> bool:
    """Return whether what goes on may not write, or is a person in a shell, who keeps it open."""
    if has_request_context():
        return request.method in {"GET", "HEAD", "OPTIONS"}
    command = get_current_context(silent=True)
    return command is not None and command.info_name in READING_COMMANDS


def let_go(context: ExceptionContext) -> None:
    """Give up the connections to a file that was read-only when they were made.

    They would stay so when the file no longer is.
    """
    if getattr(context.original_exception, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True


def lock_sqlite(connection: Connection) -> None:
    """Take the write lock until the migrations are done; wait for another process that has it.

    Foreign keys stay off meanwhile: a table is changed by copying it and dropping the old one.
    """
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.isolation_level = None
        driver.execute(f"PRAGMA busy_timeout = {MIGRATION_TIMEOUT_MILLISECONDS}")
        driver.execute("BEGIN IMMEDIATE")


def unwritable_file(_config: Config) -> Iterator[str]:
    """Yield the file, or the folder for the files beside it, where this user may not write."""
    file = Path(str(db.engine.url.database))
    for path in (file.parent, file):
        if path.exists() and not os.access(path, os.W_OK):
            yield f"{path} is read-only for the user that runs this. Make it theirs: chown"


def distant_file(_config: Config) -> Iterator[str]:
    """Yield that processes do not see each other's locks (https://sqlite.org/wal.html)."""
    file = Path(str(db.engine.url.database))
    if file_system(file, MOUNTS) in OVER_A_NETWORK:
        yield f"{file} is on another machine, and several processes would destroy it. Move it."


def file_system(path: Path, mounts: Path) -> str | None:
    """Return the kind of file system that the path is on; None where the kernel does not say."""
    if not mounts.exists():
        return None
    rows = [line.split() for line in mounts.read_text("utf-8").splitlines()]
    kinds = {Path(row[1].replace(r"\040", " ")): row[2] for row in rows}
    return next((kinds[folder] for folder in path.parents if folder in kinds), None)
