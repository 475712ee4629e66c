"""Connections, timeouts and URLs with MySQL and MariaDB."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy_utils import drop_database

from service.database import mysql
from service.database.circuit_breaker import CircuitOpenError
from service.database.dialects import find_dialect
from service.database.engine import database_error_reason, is_outage
from service.extensions import db


@pytest.fixture(autouse=True)
def _only_on_mysql(app: Flask) -> None:
    with app.app_context():
        if find_dialect(db.engine.url) is not mysql:
            pytest.skip("The tests run on another database.")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("character_set_connection", "utf8mb4", id="encoding of the connection"),
        pytest.param("character_set_database", "utf8mb4", id="encoding of the database"),
        pytest.param("innodb_lock_wait_timeout", 60, id="timeout of row locks"),
        pytest.param("lock_wait_timeout", 60, id="timeout of table locks"),
    ],
)
def test_connection_has_these_variables(app: Flask, variable: str, value: object) -> None:
    with app.app_context():
        assert db.session.scalar(text(f"SELECT @@{variable}")) == value


def test_isolation_level_is_read_committed(app: Flask) -> None:
    with app.app_context():
        assert db.session.connection().get_isolation_level() == "READ COMMITTED"


def test_too_long_text_is_rejected_instead_of_truncated(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(
            text(
                "INSERT INTO question (title, body, answer_count, created_at, updated_at)"
                " VALUES (REPEAT('x', 201), 'x', 0, NOW(), NOW())"
            )
        )


def test_slow_statement_is_cancelled(make_app: Callable[..., Flask]) -> None:
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="1")
    # MySQL cancels `SLEEP` without an error.
    digits = " UNION ALL ".join(f"SELECT {digit}" for digit in range(10))
    tables = ", ".join(f"({digits}) AS digits{number}" for number in range(12))

    with app.app_context():
        with pytest.raises(OperationalError) as caught:
            db.session.scalar(text(f"SELECT count(*) FROM {tables}"))  # noqa: S608  # A constant.
        assert database_error_reason(caught.value) in {
            "OperationalError 1969",
            "OperationalError 3024",
        }


def test_server_that_does_not_respond_is_not_waited_for(make_app: Callable[..., Flask]) -> None:
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="1")

    with app.app_context():
        version = db.session.scalar(text("SELECT VERSION()"))
        limit = "max_statement_time" if "MariaDB" in version else "max_execution_time"
        db.session.execute(text(f"SET SESSION {limit} = 0"))
        with pytest.raises(OperationalError, match="timed out") as caught:
            db.session.execute(text("SELECT SLEEP(60)"))
        assert is_outage(caught.value)
        with pytest.raises(CircuitOpenError):
            db.engine.connect()


def test_migration_lock_accepts_the_longest_name_of_a_database(app: Flask) -> None:
    with app.app_context():
        url = db.engine.url.set(database="d" * 64)
    mysql.create_database(url)
    try:
        with create_engine(url, poolclass=NullPool).connect() as connection:
            mysql.lock_migrations(connection)
    finally:
        drop_database(url)


def test_url_without_a_driver_gets_one(
    settings: dict[str, str], make_app: Callable[..., Flask]
) -> None:
    url = make_url(settings["DATABASE_URL"]).set(drivername="mysql")

    app = make_app(DATABASE_URL=url.render_as_string(hide_password=False))

    with app.app_context():
        assert db.engine.url.drivername == "mysql+pymysql"


def close_connection(connection: int) -> None:
    """Make the server close a connection of the service."""
    with create_engine(db.engine.url, poolclass=NullPool).connect() as other:
        other.execute(text("KILL :connection"), {"connection": connection})


def test_closed_connection_is_replaced(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        with db.engine.connect() as connection:
            lost: int = connection.scalar(text("SELECT CONNECTION_ID()"))
        close_connection(lost)

    assert client.get("/").status_code == 200


def test_connection_lost_after_the_last_statement_does_not_fail_the_response(
    app: Flask, client: FlaskClient
) -> None:
    # At its end, the application context rolls back, as it does after a response.
    with app.app_context():
        close_connection(db.session.scalar(text("SELECT CONNECTION_ID()")))

    assert client.get("/").status_code == 200
