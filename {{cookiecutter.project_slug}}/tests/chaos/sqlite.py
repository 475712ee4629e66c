"""SQLite: a file in a folder of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL


class SQLite:
    """A database of our own."""

    def __init__(self, folder: Path) -> None:
        """Take the folder."""
        self.file = folder / "board.db"
        self.address = URL.create("sqlite", database=str(self.file))

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Be another program, which begins and ends its transactions itself."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            yield connection

    def kill(self) -> None:
        """Do nothing: no process runs."""
