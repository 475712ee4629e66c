"""The application under test, on a database of its own that is gone afterwards."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy_utils import drop_database

from service import create_app
from service.board.models import Answer, Question
from service.config import ROOT, load_settings, said
from service.core import logs
from service.core.migrations import newest_revisions
from service.extensions import Base, db
from tests.accounts.people import client_of_member, kept_member  # [template] if auth

SETTINGS = {
    "APP_ENV": "testing",
    # Tests send more in a minute than people do; those of the limits turn them on.
    "RATELIMIT_ENABLED": "0",
    "SECRET_KEY": "only the tests know this and they tell all",
    "JWT_KEYS": "only the tests sign their tokens with this",  # [template] if auth
    "PASSWORD_PEPPER": "only the tests hash passwords with this",  # [template] if auth
}
pytest_plugins = ["tests.accounts.fixtures"]  # [template] if auth

MakeWriter = Callable[[Flask], FlaskClient]
MakeQuestion = Callable[..., Question]
MakeAnswer = Callable[..., Answer]
Log = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def settings() -> dict[str, str]:
    """Name the settings of the tests: this project's own, and a database beside its own."""
    own = load_settings({**said(ROOT / ".env", os.environ), **SETTINGS})
    url = own["SQLALCHEMY_DATABASE_URI"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    url = url.set(database=f"{url.database}_test{worker}")
    return {**SETTINGS, "DATABASE_URL": url.render_as_string(hide_password=False)}


@pytest.fixture(scope="session")
def app(settings: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Make the application, with empty tables; without its database there are no tests at all."""
    app = create_app(settings)
    created = app.test_cli_runner().invoke(args=["create-database"])
    if created.exit_code:
        request.session.shouldstop = created.output
        pytest.fail(created.output, pytrace=False)
    with app.app_context():
        url = db.engine.url
        db.drop_all()
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()
    drop_database(url)


@pytest.fixture(scope="session")
def make_app(settings: dict[str, str], app: Flask) -> Iterator[Callable[..., Flask]]:
    """Make an application with other settings, on the tables of `app`."""
    made: list[Flask] = []

    def make(**changes: str) -> Flask:
        made.append(create_app({**settings, **changes}))
        return made[-1]

    yield make
    for other in [*made, app]:
        with other.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def production(make_app: Callable[..., Flask]) -> Flask:
    """Make the application as people use it, with two addresses that fail."""
    app = make_app(APP_ENV="production", TRUSTED_HOSTS="example.com")

    def fail() -> NoReturn:
        raise RuntimeError("SELECT a_secret")

    for path in ("/fail", "/api/v1/fail"):
        app.add_url_rule(path, path, fail)
    return app


@pytest.fixture
def limited(make_app: Callable[..., Flask]) -> Flask:
    """Make an application with its limits on, and nothing counted yet."""
    return make_app(RATELIMIT_ENABLED="1")


@pytest.fixture(scope="session")
def commits() -> Iterator[list[Connection]]:
    """Write down which connections have committed, of whatever application."""
    seen: list[Connection] = []
    write_down = seen.append
    event.listen(Engine, "commit", write_down)
    yield seen
    event.remove(Engine, "commit", write_down)


@pytest.fixture(autouse=True)
def _isolate(app: Flask, commits: list[Connection]) -> Iterator[None]:
    """Leave no row behind for the next test; a test that commits nothing leaves none."""
    commits.clear()
    yield
    if not commits:
        return
    with app.app_context(), db.engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def log() -> Iterator[Log]:
    """Catch the log: what it says, event by event."""
    heard = StringIO()
    with redirect_stderr(heard):
        logs.configure("json", "INFO")
    yield lambda: [json.loads(line) for line in heard.getvalue().splitlines()]
    logs.configure("json", "INFO")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Make a browser, or a program, without a past."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Make a command line."""
    return app.test_cli_runner()


@pytest.fixture
def make_writer() -> MakeWriter:
    """Make browsers, or programs, that may ask and answer."""

    def make(app: Flask) -> FlaskClient:
        return client_of_member(app)  # [template] if auth
        return app.test_client()  # [template] if not auth

    return make


@pytest.fixture
def writer(app: Flask, make_writer: MakeWriter) -> FlaskClient:
    """Make a browser, or a program, that may ask and answer."""
    return make_writer(app)


@pytest.fixture
def make_question() -> MakeQuestion:
    """Make questions that are not kept yet."""

    def make(**values: Any) -> Question:
        usual = {
            "title": "How do I begin?",
            "body": "I have no idea.",
            "author_id": kept_member(),  # [template] if auth
        }
        return Question(**{**usual, **values})

    return make


@pytest.fixture
def make_answer() -> MakeAnswer:
    """Make answers that are not kept yet."""

    def make(question_id: int, **values: Any) -> Answer:
        usual = {
            "question_id": question_id,
            "body": "So.",
            "author_id": kept_member(),  # [template] if auth
        }
        return Answer(**{**usual, **values})

    return make


@pytest.fixture
def question_id(app: Flask, make_question: MakeQuestion) -> int:
    """Ask a question without an answer."""
    with app.app_context():
        question = make_question()
        db.session.add(question)
        db.session.commit()
        return question.id


@pytest.fixture
def stamp(app: Flask) -> Iterator[None]:
    """Say in the database that it has the newest tables."""
    with app.app_context():
        db.session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        for revision in newest_revisions():
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
    """Let no statement reach the database."""

    def refuse(*_arguments: object) -> None:
        raise OperationalError("SELECT a_secret", {}, ConnectionError("nobody at 10.0.0.7"))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", refuse)
    yield
    event.remove(engine, "before_cursor_execute", refuse)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """Write down the statements that the database is sent."""
    seen: list[str] = []

    def write_down(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", write_down)
    yield seen
    event.remove(engine, "before_cursor_execute", write_down)
