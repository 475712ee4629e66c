"""PostgreSQL."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from service.core.checks import checks
from service.extensions import db


@pytest.fixture(autouse=True)
def _only_here(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("The database under test is another one.")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        pytest.param("statement_timeout", "5s", id="statements are short"),
        pytest.param("lock_timeout", "5s", id="locks are not waited for long"),
        pytest.param("server_encoding", "UTF8", id="every character"),
    ],
)
def test_each_connection_is_prepared(app: Flask, parameter: str, value: str) -> None:
    """R7.01."""
    with app.app_context():
        assert db.session.scalar(text(f"SHOW {parameter}")) == value


def test_a_slow_statement_is_cut_off(make_app: Callable[..., Flask]) -> None:
    """Z09."""
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="1")

    with app.app_context():
        with pytest.raises(OperationalError):
            db.session.execute(text("SELECT pg_sleep(3)"))
        db.session.rollback()
        db.engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_an_address_as_hosting_providers_write_it_works(
    settings: dict[str, str], make_app: Callable[..., Flask], scheme: str
) -> None:
    """Z39."""
    url = make_url(settings["DATABASE_URL"]).set(drivername=scheme)

    app = make_app(DATABASE_URL=url.render_as_string(hide_password=False))

    with app.app_context():
        assert db.engine.url.drivername == "postgresql+psycopg"


def test_a_connection_that_was_ended_costs_nobody_a_request(
    app: Flask, client: FlaskClient
) -> None:
    """R7.01, Z04."""
    with app.app_context():
        with db.engine.connect() as connection:
            lost = connection.scalar(text("SELECT pg_backend_pid()"))
        with create_engine(db.engine.url, poolclass=NullPool).connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:connection)"), {"connection": lost})

    assert client.get("/").status_code == 200


def test_the_database_tells_the_time(app: Flask) -> None:
    """R7.10."""
    with app.app_context():
        clocks = [check for check in checks(app) if "clock" in check.subject]

        assert [list(check.problems(app.config)) for check in clocks] == [[]]
