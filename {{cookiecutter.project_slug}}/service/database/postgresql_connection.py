"""A connection to PostgreSQL that does not wait for a server that no longer responds.

libpq has a timeout for connecting, but none for responses. TCP keepalive does not help if the
operating system of the server responds but the server does not, or if a proxy is in between.
"""

from collections.abc import Callable, Generator
from math import inf
from time import monotonic
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")


class ResponseTimeout(psycopg.OperationalError):
    """The server did not respond in time. The connection is closed."""


class Connection(psycopg.Connection[Any]):
    """A connection with a limit on each wait for the server."""

    response_timeout = inf

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        """Wait until the server has responded; raise `ResponseTimeout` after the limit."""
        deadline = monotonic() + self.response_timeout
        return super().wait(with_deadline(gen, deadline, self.close), *args, **kwargs)


def limit_waits(engine: Engine, seconds: float) -> None:
    """Make each response of the server arrive within this time; otherwise the connection closes."""

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: Dialect,
        _entry: ConnectionPoolEntry,
        _arguments: list[str],
        options: dict[str, Any],
    ) -> Connection:
        connection = Connection.connect(**options)
        connection.response_timeout = seconds
        return connection


def with_deadline(
    operation: Generator[Any, Any, T], deadline: float, close: Callable[[], None]
) -> Generator[Any, Any, T]:
    """Run an operation of psycopg; at the deadline, call `close` and raise `ResponseTimeout`.

    An operation is a generator that yields whenever it waits for the server. It receives what the
    connection is ready for; nothing means that psycopg checks for interrupts, ten times a second.
    """
    try:
        waiting_for = next(operation)
        while True:
            ready = yield waiting_for
            if not ready and monotonic() > deadline:
                close()
                raise ResponseTimeout("the server did not respond in time")
            waiting_for = operation.send(ready)
    except StopIteration as finished:
        result: T = finished.value
        return result
