"""A database server, and the faults that a test can cause in it."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.chaos.programs import Program, thread_states
from tests.servers import wait_until

# The name of the database, and of its owner, who has no other privileges.
NAME = "qa"


@dataclass(frozen=True)
class Statements:
    """SQL that begins and ends a fault, or shows the state of the server."""

    read_only: Sequence[str]
    writable: Sequence[str]
    # The server closes connections that have been idle for one second.
    short_idle_timeout: Sequence[str]
    default_idle_timeout: Sequence[str]
    count_connections: str
    count_lock_waits: str
    lock_table: str
    # A slow view that replaces the table `question`, which has been renamed.
    sleeping_view: str


class DatabaseServer(Program):
    """A database server with a database and the user of the service."""

    driver: str
    administrator: str
    # A database that always exists.
    administration_database: str
    statements: Statements

    @property
    def url(self) -> URL:
        """The URL with which the service connects."""
        return URL.create(self.driver, NAME, None, "127.0.0.1", self.port, NAME)

    @property
    def administration_url(self) -> URL:
        """The URL with which the administrator connects."""
        return self.url.set(username=self.administrator, database=self.administration_database)

    def is_ready(self) -> bool:
        """Return whether the administrator can connect."""
        try:
            self.execute("SELECT 1")
        except DBAPIError:
            return False
        return True

    def execute(self, *statements: str) -> None:
        """Execute statements as the administrator."""
        engine = create_engine(
            self.administration_url, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def count(self, query: str) -> int:
        """Return the number that a query returns; the administrator executes it."""
        with create_engine(self.administration_url, poolclass=NullPool).connect() as connection:
            return int(connection.scalar(text(query)) or 0)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Connect as the user of the service; roll back at the end of the block."""
        with create_engine(self.url, poolclass=NullPool).connect() as connection:
            yield connection

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Kill the server, and start it again at the end of the block."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def freeze(self) -> Iterator[None]:
        """Suspend the server and its child processes, until the end of the block.

        The operating system keeps its connections open, and accepts new ones.
        """
        pids = self.process_ids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: all(thread_states(pid) == {"T"} for pid in pids))
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def read_only_mode(self) -> Iterator[None]:
        """Make the database read-only for the service, until the end of the block."""
        self.execute(*self.statements.read_only)
        try:
            yield
        finally:
            self.execute(*self.statements.writable)

    @contextmanager
    def short_idle_timeout(self) -> Iterator[None]:
        """Make the server close idle connections after one second, until the end of the block."""
        self.execute(*self.statements.short_idle_timeout)
        try:
            yield
        finally:
            self.execute(*self.statements.default_idle_timeout)

    @contextmanager
    def connection_exhaustion(self) -> Iterator[None]:
        """Use up all connections that the server allows, until the end of the block."""
        with ExitStack() as connections:

            def use_free_connections() -> int:
                used = 0
                with suppress(DBAPIError):
                    while True:
                        connections.enter_context(self.connect())
                        used += 1
                return used

            # The server may not have noticed yet that another client closed its connection.
            wait_until(lambda: sum(use_free_connections() for _ in range(10)) == 0)
            yield

    @contextmanager
    def slow_questions(self) -> Iterator[None]:
        """Make each query of the questions take a minute, until the end of the block."""
        with self.connect() as connection:
            connection.execute(text("ALTER TABLE question RENAME TO renamed_question"))
            connection.execute(text(self.statements.sleeping_view))
            connection.commit()
        try:
            yield
        finally:
            with self.connect() as connection:
                connection.execute(text("DROP VIEW question"))
                connection.execute(text("ALTER TABLE renamed_question RENAME TO question"))
                connection.commit()
