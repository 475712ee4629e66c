"""The circuit breaker, with a server that refuses connections as the test says."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from service.database.circuit_breaker import CircuitBreaker, CircuitOpenError
from service.database.engine import is_outage
from service.extensions import db

MakeEngine = Callable[[float], Engine]


class Server:
    """A database server that refuses connections with an error, if it has one."""

    def __init__(self) -> None:
        """Accept connections, and count the attempts."""
        self.error: str | None = None
        self.attempts = 0

    def connect(self, dialect: Any, *_arguments: object) -> None:
        """Count the attempt, and fail if the server has an error; a `do_connect` listener."""
        self.attempts += 1
        if self.error:
            raise dialect.loaded_dbapi.OperationalError(self.error)


@pytest.fixture
def server() -> Server:
    """Return a server that accepts connections."""
    return Server()


@pytest.fixture
def make_engine(app: Flask, server: Server) -> MakeEngine:
    """Return a function that creates an engine whose circuit opens for a number of seconds."""

    def make(retry_seconds: float) -> Engine:
        with app.app_context():
            engine = create_engine(db.engine.url, poolclass=NullPool)
        CircuitBreaker(engine, lambda error: str(error) == "timeout", retry_seconds)
        event.listen(engine, "do_connect", server.connect)
        return engine

    return make


def connect(engine: Engine) -> None:
    """Open a connection and close it."""
    engine.connect().close()


def test_second_attempt_after_a_timeout_fails_without_a_connection(
    make_engine: MakeEngine, server: Server
) -> None:
    engine = make_engine(60)
    server.error = "timeout"
    with pytest.raises(DBAPIError):
        connect(engine)

    with pytest.raises(CircuitOpenError) as caught:
        connect(engine)

    assert (server.attempts, is_outage(caught.value)) == (1, True)


def test_only_one_thread_tries_again(make_engine: MakeEngine, server: Server) -> None:
    engine = make_engine(0)
    server.error = "timeout"
    with pytest.raises(DBAPIError):
        connect(engine)

    @event.listens_for(engine, "do_connect")
    def connect_from_another_thread(*_arguments: object) -> None:
        with pytest.raises(CircuitOpenError):
            connect(engine)

    server.error = None
    connect(engine)

    assert server.attempts == 2


def test_connection_closes_the_circuit(make_engine: MakeEngine, server: Server) -> None:
    engine = make_engine(0)
    server.error = "timeout"
    with pytest.raises(DBAPIError):
        connect(engine)
    server.error = None

    for _ in range(3):
        connect(engine)

    assert server.attempts == 4


def test_refused_connection_does_not_open_the_circuit(
    make_engine: MakeEngine, server: Server
) -> None:
    engine = make_engine(60)
    server.error = "connection refused"
    for _ in range(2):
        with pytest.raises(DBAPIError):
            connect(engine)

    assert server.attempts == 2
