"""Connections, timeouts, URLs and privileges with PostgreSQL."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from service.database.circuit_breaker import CircuitOpenError
from service.database.engine import is_outage
from service.extensions import db


@pytest.fixture(autouse=True)
def _only_on_postgresql(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("The tests run on another database.")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        pytest.param("statement_timeout", "1min", id="statement timeout"),
        pytest.param("lock_timeout", "1min", id="lock timeout"),
        pytest.param("server_encoding", "UTF8", id="encoding"),
    ],
)
def test_connection_has_these_parameters(app: Flask, parameter: str, value: str) -> None:
    with app.app_context():
        assert db.session.scalar(text(f"SHOW {parameter}")) == value


def test_slow_statement_is_cancelled(make_app: Callable[..., Flask]) -> None:
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="1")

    with app.app_context(), pytest.raises(OperationalError):
        db.session.execute(text("SELECT pg_sleep(3)"))


def test_transaction_pooling_sets_the_timeouts_in_each_transaction(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(DB_TRANSACTION_POOLING="1", DB_LOCK_TIMEOUT_SECONDS="7")

    with app.app_context():
        for _ in range(2):
            timeouts = (
                db.session.scalar(text("SHOW statement_timeout")),
                db.session.scalar(text("SHOW lock_timeout")),
            )
            db.session.rollback()
            assert timeouts == ("1min", "7s")


def test_transaction_pooling_needs_no_state_of_a_connection(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(DB_TRANSACTION_POOLING="1")

    with app.app_context():
        driver_connection: Any = db.session.connection().connection.driver_connection
        for _ in range(10):
            db.session.scalar(text("SELECT :number"), {"number": 1})
        prepared = db.session.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
        # PgBouncer rejects a connection with this parameter.
        assert (prepared, "options" in driver_connection.info.dsn) == (0, False)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_url_without_a_driver_gets_one(
    settings: dict[str, str], make_app: Callable[..., Flask], scheme: str
) -> None:
    url = make_url(settings["DATABASE_URL"]).set(drivername=scheme)

    app = make_app(DATABASE_URL=url.render_as_string(hide_password=False))

    with app.app_context():
        assert db.engine.url.drivername == "postgresql+psycopg"


def close_connection(connection: int) -> None:
    """Make the server close a connection of the service."""
    with create_engine(db.engine.url, poolclass=NullPool).connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:connection)"), {"connection": connection})


def test_closed_connection_is_replaced(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        with db.engine.connect() as connection:
            lost: int = connection.scalar(text("SELECT pg_backend_pid()"))
        close_connection(lost)

    assert client.get("/").status_code == 200


def test_connection_lost_after_the_last_statement_does_not_fail_the_response(
    app: Flask, client: FlaskClient
) -> None:
    # At its end, the application context rolls back, as it does after a response.
    with app.app_context():
        close_connection(db.session.scalar(text("SELECT pg_backend_pid()")))

    assert client.get("/").status_code == 200


def test_server_that_does_not_respond_is_not_waited_for(make_app: Callable[..., Flask]) -> None:
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="1")

    with app.app_context():
        lost: int = db.session.scalar(text("SELECT pg_backend_pid()"))
        db.session.execute(text("SET statement_timeout = 0"))
        with pytest.raises(OperationalError, match="did not respond in time") as caught:
            db.session.execute(text("SELECT pg_sleep(60)"))
        assert is_outage(caught.value)
        with pytest.raises(CircuitOpenError):
            db.engine.connect()

    with make_app().app_context():
        close_connection(lost)


@pytest.fixture
def restricted_url(app: Flask, settings: dict[str, str]) -> Iterator[str]:
    """Yield the URL of a missing database, with a role that must not create databases."""
    url = make_url(settings["DATABASE_URL"])
    role = f"{url.database}_restricted"
    with app.app_context():
        engine = db.engine
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'restricted'"))
    url = url.set(username=role, password="restricted", database=f"{role}_missing")  # noqa: S106  # Of a test role.
    yield url.render_as_string(hide_password=False)
    with engine.begin() as connection:
        connection.execute(text(f'DROP ROLE "{role}"'))


def test_create_database_reports_a_missing_privilege(
    make_app: Callable[..., Flask], restricted_url: str
) -> None:
    app = make_app(DATABASE_URL=restricted_url)

    result = app.test_cli_runner().invoke(args=["create-database"])

    assert (result.exit_code, "permission denied" in result.output) == (1, True)
