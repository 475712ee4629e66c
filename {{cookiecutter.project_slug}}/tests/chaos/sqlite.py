"""SQLite: a file in its own folder."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL


class SQLite:
    """A database file."""

    def __init__(self, folder: Path) -> None:
        """Choose a file in the folder; the migrations create it."""
        self.file = folder / "board.db"
        self.url = URL.create("sqlite", database=str(self.file))

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """Connect as another program would; begin and end transactions explicitly."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            yield connection

    def kill(self) -> None:
        """Do nothing: there is no server process."""

    def start(self) -> None:
        """Do nothing: there is no server process."""
