"""Fixtures for all tests: applications, clients, and a database that is dropped after the tests."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from io import StringIO
from sqlite3 import SQLITE_CANTOPEN  # [template] if sqlite
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from hypothesis.configuration import set_hypothesis_home_dir
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy_utils import drop_database

from service import Settings, create_app
from service.board.models import Answer, Question
from service.config.settings import ROOT, load_settings, read_settings
from service.database.migrations import latest_revisions
from service.extensions import Base, db
from service.operations import logs
from tests.accounts.people import ensure_member_id, logged_in_client  # [template] if auth
from tests.documented_client import DocumentedClient

SETTINGS = {
    "APP_ENV": "testing",
    # Tests send more requests than the rate limits allow. `limited_app` has rate limits.
    "RATELIMIT_ENABLED": "0",
    # On a busy machine a test may wait a long time for a connection or a lock.
    "DB_POOL_TIMEOUT_SECONDS": "60",
    "DB_STATEMENT_TIMEOUT_SECONDS": "60",
    "DB_LOCK_TIMEOUT_SECONDS": "60",  # [template] if not sqlite
    "SECRET_KEY": "only the tests know this and they tell all",  # [template] if forms
    "JWT_KEYS": "only the tests sign their tokens with this",  # [template] if auth
    "PASSWORD_PEPPER": "only the tests hash passwords with this",  # [template] if auth
}
# [template] if auth or celery
pytest_plugins = [
    "tests.accounts.fixtures",  # [template] if auth
    "tests.jobs.fixtures",
    "tests.mail.fixtures",
]
# [template] endif

MakeWriter = Callable[[Flask], FlaskClient]
MakeQuestion = Callable[..., Question]
MakeAnswer = Callable[..., Answer]
Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="session", autouse=True)
def _isolate_hypothesis(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make Hypothesis write its files into a temporary folder, not into the project."""
    set_hypothesis_home_dir(tmp_path_factory.mktemp("hypothesis"))


@pytest.fixture(scope="session")
def settings() -> dict[str, str]:
    """Return the settings of the tests. Each test process has its own database."""
    environment = read_settings(Settings(), ROOT / ".env", os.environ)
    url = load_settings(Settings(), {**environment, **SETTINGS})["SQLALCHEMY_DATABASE_URI"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    url = url.set(database=f"{url.database}_test{worker}")
    return {**SETTINGS, "DATABASE_URL": url.render_as_string(hide_password=False)}


def create_english_app(settings: dict[str, str]) -> Flask:
    """Create an application. Its default language is English, because tests compare messages.

    Its test client checks the responses of the API against the OpenAPI document.
    """
    app = create_app(settings)
    app.extensions["babel"].default_locale = "en"
    app.test_client_class = DocumentedClient
    return app


@pytest.fixture(scope="session")
def app(settings: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Yield the application, with empty tables. The test run stops if there is no database."""
    app = create_english_app(settings)
    result = app.test_cli_runner().invoke(args=["create-database"])
    if result.exit_code:
        request.session.shouldstop = result.output
        pytest.fail(result.output, pytrace=False)
    with app.app_context():
        url = db.engine.url
        db.drop_all()
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()
    drop_database(url)


@pytest.fixture(scope="session")
def make_app(settings: dict[str, str], app: Flask) -> Callable[..., Flask]:
    """Return a function that creates an application with changed settings and the same database."""
    del app  # It has created the tables.

    def make(**changes: str) -> Flask:
        return create_english_app({**settings, **changes})

    return make


@pytest.fixture(scope="session")
def used_engines() -> Iterator[set[Engine]]:
    """Yield the set of engines that have been used, of all applications."""
    engines: set[Engine] = set()

    def record_engine(connection: Connection) -> None:
        engines.add(connection.engine)

    event.listen(Engine, "engine_connect", record_engine)
    yield engines
    event.remove(Engine, "engine_connect", record_engine)


@pytest.fixture(autouse=True)
def _close_connections(app: Flask, used_engines: set[Engine]) -> Iterator[None]:
    """Close the idle connections of all applications except `app` after each test.

    A database server allows a limited number of connections, and a test run has many applications.
    """
    yield
    with app.app_context():
        used_engines.discard(db.engine)
    for engine in used_engines:
        engine.dispose()
    used_engines.clear()


@pytest.fixture(scope="session")
def production_app(make_app: Callable[..., Flask]) -> Flask:
    """Return an application in production, with two URLs whose views raise an exception."""
    app = make_app(APP_ENV="production", TRUSTED_HOSTS="example.com")

    def fail() -> NoReturn:
        raise RuntimeError("SELECT a_secret")

    for path in ("/fail", "/api/v1/fail"):
        app.add_url_rule(path, path, fail)
    return app


@pytest.fixture
def limited_app(make_app: Callable[..., Flask]) -> Flask:
    """Return a new application with rate limits, which has not counted any request yet."""
    return make_app(RATELIMIT_ENABLED="1")


@pytest.fixture(scope="session")
def committed_connections() -> Iterator[list[Connection]]:
    """Yield the list of connections that have committed, of all applications."""
    connections: list[Connection] = []
    record_connection = connections.append
    event.listen(Engine, "commit", record_connection)
    yield connections
    event.remove(Engine, "commit", record_connection)


@pytest.fixture(autouse=True)
def _empty_tables(app: Flask, committed_connections: list[Connection]) -> Iterator[None]:
    """Delete all rows after each test that committed."""
    committed_connections.clear()
    yield
    if not committed_connections:
        return
    with app.app_context(), db.engine.begin() as connection:
        # [template] if sqlite
        # If the schema has changed, SQLite would not find a table that has a full-text index when
        # the first statement deletes its rows. A SELECT loads the schema again.
        connection.execute(text("SELECT 1 FROM question"))
        # [template] endif
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def log() -> Iterator[Log]:
    """Yield a function that returns the events that the test has logged so far."""
    stream = StringIO()
    with redirect_stderr(stream):
        logs.configure("json", "INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure("json", "INFO")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a test client without cookies and credentials."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Return a test runner for the commands of the application."""
    return app.test_cli_runner()


@pytest.fixture
def make_writer() -> MakeWriter:
    """Return a function that creates a test client with permission to ask and answer."""

    def make(app: Flask) -> FlaskClient:
        return logged_in_client(app)  # [template] if auth
        return app.test_client()  # [template] if not auth

    return make


@pytest.fixture
def writer(app: Flask, make_writer: MakeWriter) -> FlaskClient:
    """Return a test client with permission to ask and answer."""
    return make_writer(app)


@pytest.fixture
def make_question() -> MakeQuestion:
    """Return a function that creates a `Question` without adding it to the database."""

    def make(**values: Any) -> Question:
        defaults = {
            "title": "How do I begin?",
            "body": "I have no idea.",
            "author_id": ensure_member_id(),  # [template] if auth
        }
        return Question(**{**defaults, **values})

    return make


@pytest.fixture
def make_answer() -> MakeAnswer:
    """Return a function that creates an `Answer` without adding it to the database."""

    def make(question_id: int, **values: Any) -> Answer:
        defaults = {
            "question_id": question_id,
            "body": "So.",
            "author_id": ensure_member_id(),  # [template] if auth
        }
        return Answer(**{**defaults, **values})

    return make


@pytest.fixture
def question_id(app: Flask, make_question: MakeQuestion) -> int:
    """Return the id of a question in the database, without answers."""
    with app.app_context():
        question = make_question()
        db.session.add(question)
        db.session.commit()
        return question.id


@pytest.fixture
def stamp(app: Flask) -> Iterator[None]:
    """Mark the database as migrated to the latest revision, as `alembic stamp` does."""
    with app.app_context():
        db.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        for revision in latest_revisions():
            db.session.execute(
                text("INSERT INTO alembic_version VALUES (:name)"), {"name": revision}
            )
        db.session.commit()
    yield
    with app.app_context():
        db.session.execute(text("DROP TABLE alembic_version"))
        db.session.commit()


@pytest.fixture
def outage(app: Flask) -> Iterator[None]:
    """Make every statement fail as if the database did not respond, until the test ends."""
    with app.app_context():
        engine = db.engine
    error: Any = engine.dialect.loaded_dbapi.OperationalError("no response from 10.0.0.7")
    error.sqlite_errorcode = SQLITE_CANTOPEN  # [template] if sqlite
    error.args = (2003, *error.args)  # [template] if mysql

    def refuse(*_arguments: object) -> None:
        raise OperationalError("SELECT a_secret", {}, error)

    event.listen(engine, "before_cursor_execute", refuse)
    yield
    event.remove(engine, "before_cursor_execute", refuse)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Yield the list of SQL statements that the test has sent so far."""
    recorded: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        recorded.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", record)
    yield recorded
    event.remove(engine, "before_cursor_execute", record)
