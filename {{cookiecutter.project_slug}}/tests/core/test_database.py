"""The connection to the database."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from service.config import ConfigurationError
from service.extensions import Base, db

ONE_CONNECTION = {
    "DB_POOL_SIZE": "1",
    "DB_MAX_OVERFLOW": "0",
    "DB_POOL_TIMEOUT_SECONDS": "1",
    "DB_POOL_RECYCLE_SECONDS": "77",
}


@pytest.fixture
def narrow_app(make_app: Callable[..., Flask]) -> Flask:
    """Make an application with a single connection."""
    return make_app(**ONE_CONNECTION)


def test_the_pool_is_as_the_settings_say(narrow_app: Flask) -> None:
    """R7.01."""
    with narrow_app.app_context():
        pool = db.engine.pool

    assert isinstance(pool, QueuePool)
    assert (pool.size(), pool._max_overflow, pool._recycle, pool._timeout) == (1, 0, 77, 1)


@pytest.mark.slow
def test_an_exhausted_pool_is_an_outage_that_passes(narrow_app: Flask) -> None:
    """Z07."""
    with narrow_app.app_context(), db.engine.connect():
        during = narrow_app.test_client().get("/api/v1/questions")

    after = narrow_app.test_client().get("/api/v1/questions")

    assert (during.status_code, after.status_code) == (503, 200)


def test_a_failed_statement_leaves_nothing_to_the_next_request(writer: FlaskClient) -> None:
    """R7.05."""
    question = {"title": "Is it kept?", "body": "No."}
    header = {"Idempotency-Key": "twice"}
    writer.post("/api/v1/questions", json=question, headers=header)
    writer.post("/api/v1/questions", json=question, headers=header)

    response = writer.get("/api/v1/questions")

    assert len(response.get_json()["items"]) == 1


def test_the_shell_knows_the_database_with_every_model(app: Flask) -> None:
    names = app.make_shell_context()

    models = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
    assert {"Question", "Answer"} <= models.keys()
    assert names["db"] is db
    assert models.items() <= names.items()


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("nosuch://me:hunter2@db/qa", id="unknown database"),
        pytest.param("oracle+nosuch://me:hunter2@db/qa", id="unknown driver"),
        pytest.param("oracle+oracledb://me:hunter2@db/qa", id="driver that is not installed"),
    ],
)
def test_an_address_nothing_can_reach_stops_the_start_without_its_password(
    make_app: Callable[..., Flask], address: str
) -> None:
    """Z39."""
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        make_app(DATABASE_URL=address)

    assert "hunter2" not in caught.value.message


def test_a_statement_asks_the_database_under_test(app: Flask, settings: dict[str, str]) -> None:
    with app.app_context():
        assert db.session.scalar(text("SELECT 1")) == 1
        assert str(db.engine.url.database).endswith(settings["DATABASE_URL"].rpartition("/")[2])
