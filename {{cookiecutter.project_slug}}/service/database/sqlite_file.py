"""SQLite: use the file at the path of the database URL, even if it is deleted or replaced.

A process can go on writing to a file that was deleted or replaced, but what it writes is lost.
"""

import sqlite3
from pathlib import Path
from typing import Any

from flask import Config
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from service.config.rules import is_production


def init_app(config: Config, engine: Engine) -> None:
    """Make the connection pool replace each connection whose file is no longer at the path.

    In production, connecting to a missing file raises `OperationalError`. Otherwise, SQLite would
    create an empty database.
    """
    path = database_path(engine)

    @event.listens_for(engine, "do_connect")
    def record_file(
        _dialect: Dialect, entry: ConnectionPoolEntry, arguments: list[str], options: dict[str, Any]
    ) -> None:
        # Recorded before SQLite opens the file, so that a replacement in between is noticed too.
        entry.info["file"] = identify_file(path)
        # A URL with `uri=true` has its own `mode`.
        if is_production(config) and not options.get("uri"):
            arguments[0] = f"{path.as_uri()}?mode=rw"
            options["uri"] = True

    @event.listens_for(engine, "checkout")
    def reject_replaced_file(
        _connection: sqlite3.Connection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if entry.info["file"] != identify_file(path):
            raise DisconnectionError("the database file was deleted or replaced")


def database_path(engine: Engine) -> Path:
    """Return the absolute path of the database file, which may not exist."""
    return Path(str(engine.url.database).removeprefix("file:"))


def identify_file(path: Path) -> tuple[int, int] | None:
    """Return the device and inode of a file, `None` if it does not exist or cannot be reached.

    No other file has the same inode while a connection has the file open.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
