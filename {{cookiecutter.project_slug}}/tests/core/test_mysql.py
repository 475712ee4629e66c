"""MySQL and MariaDB."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from service.core import mysql
from service.core.checks import checks
from service.extensions import db


@pytest.fixture(autouse=True)
def _only_here(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name not in mysql.BACKENDS:
            pytest.skip("The database under test is another one.")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("character_set_connection", "utf8mb4", id="every character"),
        pytest.param("character_set_database", "utf8mb4", id="every character is kept"),
        pytest.param("innodb_lock_wait_timeout", 5, id="locks are not waited for long"),
    ],
)
def test_each_connection_is_prepared(app: Flask, variable: str, value: object) -> None:
    """R7.01."""
    with app.app_context():
        assert db.session.scalar(text(f"SELECT @@{variable}")) == value


def test_what_others_commit_is_seen(app: Flask) -> None:
    """R7.01, Z17."""
    with app.app_context():
        assert db.session.connection().get_isolation_level() == "READ COMMITTED"


def test_a_text_that_does_not_fit_is_refused_instead_of_cut(app: Flask) -> None:
    """R7.01."""
    with app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(
            text(
                "INSERT INTO question (title, body, answer_count, created_at, updated_at)"
                " VALUES (REPEAT('x', 201), 'x', 0, NOW(), NOW())"
            )
        )


def test_a_slow_statement_is_cut_off(make_app: Callable[..., Flask]) -> None:
    """Z09."""
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="1")
    slow = text("SELECT SLEEP(3) FROM (SELECT 1) AS one")

    with app.app_context():
        with pytest.raises(OperationalError):
            db.session.execute(slow)
        db.session.rollback()
        db.engine.dispose()


def test_an_address_without_a_driver_gets_one(
    settings: dict[str, str], make_app: Callable[..., Flask]
) -> None:
    url = make_url(settings["DATABASE_URL"]).set(drivername="mysql")

    app = make_app(DATABASE_URL=url.render_as_string(hide_password=False))

    with app.app_context():
        assert db.engine.url.drivername == "mysql+pymysql"


def test_a_connection_that_was_ended_costs_nobody_a_request(
    app: Flask, client: FlaskClient
) -> None:
    """R7.01, Z04."""
    with app.app_context():
        with db.engine.connect() as connection:
            lost = connection.scalar(text("SELECT CONNECTION_ID()"))
        with create_engine(db.engine.url, poolclass=NullPool).connect() as other:
            other.execute(text("KILL :connection"), {"connection": lost})

    assert client.get("/").status_code == 200


def test_the_database_tells_the_time(app: Flask) -> None:
    """R7.10."""
    with app.app_context():
        clocks = [check for check in checks(app) if "clock" in check.subject]

        assert [list(check.problems(app.config)) for check in clocks] == [[]]
