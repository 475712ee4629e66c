"""A database server that may be killed, and what else befalls one, in its own words."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.chaos.programs import Program

# The database, and the user who owns it and may do nothing else.
NAME = "qa"


@dataclass(frozen=True)
class Words:
    """The statements with which a fault begins and ends, or that tell what goes on."""

    read_only: Sequence[str]
    writable: Sequence[str]
    # From a second on, an idle connection is closed.
    idle_is_short: Sequence[str]
    idle_is_long: Sequence[str]
    connections: str
    # How many statements wait for a lock.
    waiting: str
    table_lock: str
    # In place of a table that has been renamed.
    sleeping_view: str


class DatabaseServer(Program):
    """A database server of our own, with a database and the user of the service."""

    driver: str
    administrator: str
    # The database that is always there.
    home: str
    words: Words

    @property
    def address(self) -> URL:
        """The address that the service is given."""
        return URL.create(self.driver, NAME, None, "127.0.0.1", self.port, NAME)

    def answers(self) -> bool:
        """Return whether it lets the administrator in."""
        try:
            self.execute("SELECT 1")
        except DBAPIError:
            return False
        return True

    def execute(self, *statements: str) -> None:
        """Do something that only the administrator may do."""
        url = self.address.set(username=self.administrator, database=self.home)
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def count(self, question: str) -> int:
        """Return the number with which the administrator is answered."""
        url = self.address.set(username=self.administrator, database=self.home)
        with create_engine(url, poolclass=NullPool).connect() as connection:
            return int(connection.scalar(text(question)) or 0)

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """Be another program of the same user, which takes back whatever it did."""
        with create_engine(self.address, poolclass=NullPool).connect() as connection:
            yield connection

    @contextmanager
    def away(self) -> Iterator[None]:
        """Be killed with all connections, and come back at the end."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nobody write but the administrator."""
        self.execute(*self.words.read_only)
        try:
            yield
        finally:
            self.execute(*self.words.writable)

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Close what is idle for a second."""
        self.execute(*self.words.idle_is_short)
        try:
            yield
        finally:
            self.execute(*self.words.idle_is_long)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Have no connection left, nor get one back that somebody has just given up."""
        with ExitStack() as connections:
            for _ in range(10):
                with suppress(DBAPIError):
                    while True:
                        connections.enter_context(self.connected())
                time.sleep(0.05)
            yield

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Take a minute to read a question."""
        with self.connected() as connection:
            connection.execute(text("ALTER TABLE question RENAME TO kept_question"))
            connection.execute(text(self.words.sleeping_view))
            connection.commit()
        try:
            yield
        finally:
            with self.connected() as connection:
                connection.execute(text("DROP VIEW question"))
                connection.execute(text("ALTER TABLE kept_question RENAME TO question"))
                connection.commit()
