"""The engine: connection pool, errors, and the names that `flask shell` imports."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from service.config.settings import ConfigurationError
from service.database.engine import check_connection, check_pool_size, is_outage
from service.extensions import Base, db

ONE_CONNECTION = {
    "DB_POOL_SIZE": "1",
    "DB_MAX_OVERFLOW": "0",
    "DB_POOL_TIMEOUT_SECONDS": "1",
    "DB_POOL_RECYCLE_SECONDS": "77",
}


@pytest.fixture
def app_with_one_connection(make_app: Callable[..., Flask]) -> Flask:
    """Return an application with a single database connection."""
    return make_app(**ONE_CONNECTION)


def test_settings_configure_the_pool(app_with_one_connection: Flask) -> None:
    with app_with_one_connection.app_context():
        pool = db.engine.pool

    assert isinstance(pool, QueuePool)
    assert (pool.size(), pool._max_overflow, pool._recycle, pool._timeout) == (1, 0, 77, 1)


@pytest.mark.slow
def test_exhausted_pool_is_a_temporary_outage(app_with_one_connection: Flask) -> None:
    with app_with_one_connection.app_context(), db.engine.connect():
        during = app_with_one_connection.test_client().get("/api/v1/questions")

    after = app_with_one_connection.test_client().get("/api/v1/questions")

    assert (during.status_code, after.status_code) == (503, 200)


@pytest.mark.usefixtures("stamp")
def test_no_connection_is_used_while_a_response_is_sent(
    app: Flask, writer: FlaskClient, question_id: int
) -> None:
    with app.app_context():
        pool: Any = db.engine.pool
    in_use = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or set()):
            # The body has not been read yet when the client returns the response.
            with writer.get(re.sub("<.+?>", str(question_id), rule.rule)):
                in_use[rule.rule] = pool.checkedout()

    assert set(in_use.values()) == {0}


def test_failed_insert_does_not_affect_the_next_request(writer: FlaskClient) -> None:
    question = {"title": "How do I begin?", "body": "I have installed everything."}
    header = {"Idempotency-Key": "twice"}
    writer.post("/api/v1/questions", json=question, headers=header)
    writer.post("/api/v1/questions", json=question, headers=header)

    response = writer.get("/api/v1/questions")

    assert len(response.get_json()["items"]) == 1


def test_shell_has_db_and_every_model(app: Flask) -> None:
    with app.app_context():
        names = app.make_shell_context()

    models = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
    assert {"Question", "Answer"} <= models.keys()
    assert names["db"] is db
    assert models.items() <= names.items()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("nosuch://me:hunter2@db/qa", id="unknown database"),
        pytest.param("oracle://me:hunter2@db/qa", id="unsupported database"),
    ],
)
def test_unsupported_database_is_a_configuration_error_without_the_password(
    make_app: Callable[..., Flask], url: str
) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        make_app(DATABASE_URL=url)

    assert "hunter2" not in caught.value.message


def test_missing_driver_is_a_configuration_error(
    settings: dict[str, str], make_app: Callable[..., Flask]
) -> None:
    url = make_url(settings["DATABASE_URL"])
    url = url.set(drivername=f"{url.get_backend_name()}+nosuch")

    with pytest.raises(ConfigurationError, match=r"^DATABASE_URL: no driver is installed"):
        make_app(DATABASE_URL=url.render_as_string(hide_password=False))


def test_tests_use_the_database_of_their_settings(app: Flask, settings: dict[str, str]) -> None:
    with app.app_context():
        assert str(db.engine.url.database).endswith(settings["DATABASE_URL"].rpartition("/")[2])


@pytest.mark.usefixtures("outage")
def test_doctor_reports_a_database_that_does_not_respond(app: Flask) -> None:
    with app.app_context():
        [problem] = check_connection(app.config)

    assert problem.startswith("OperationalError")
    assert "10.0.0.7" not in problem


@pytest.mark.usefixtures("outage")
def test_outage_is_recognized_by_the_error_of_the_driver(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(OperationalError) as caught:
            db.session.execute(text("SELECT 1"))

        assert is_outage(caught.value)


def test_error_in_a_statement_is_not_an_outage(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(DBAPIError) as caught:
            db.session.execute(text("SELECT missing FROM nowhere"))
        db.session.rollback()

        assert not is_outage(caught.value)


@pytest.mark.parametrize(("size", "is_large_enough"), [("3", False), ("4", True)])
def test_doctor_reports_a_pool_smaller_than_the_threads(
    make_app: Callable[..., Flask], size: str, is_large_enough: bool
) -> None:
    app = make_app(DB_POOL_SIZE=size, DB_MAX_OVERFLOW="0", WEB_THREADS="4")

    assert (list(check_pool_size(app.config)) == []) is is_large_enough


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(PendingRollbackError("lost in a transaction"), id="transaction"),
        pytest.param(
            DBAPIError("SELECT 1", {}, Exception("lost"), connection_invalidated=True),
            id="connection",
        ),
    ],
)
def test_lost_connection_is_an_outage(app: Flask, error: SQLAlchemyError) -> None:
    with app.app_context():
        assert is_outage(error)
