"""SQLite: pragmas, the write lock, and the check of the file."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest
from click import Command, Context
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import OperationalError

from service.board.models import Answer, Question
from service.database import sqlite
from service.database.engine import check_connection, is_outage
from service.extensions import db
from tests.conftest import MakeWriter

QUESTION = {"title": "How do I begin?", "body": "I have installed everything."}


@pytest.fixture(autouse=True)
def _only_on_sqlite(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("The tests run on another database.")


@pytest.fixture
def locking_connection(app: Flask) -> Iterator[sqlite3.Connection]:
    """Yield a connection of another program, which holds the write lock."""
    with app.app_context():
        path = str(db.engine.url.database)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@pytest.mark.parametrize("command", ["doctor", "shell"])
@pytest.mark.usefixtures("locking_connection")
def test_read_only_command_does_not_wait_for_a_writer(app: Flask, command: str) -> None:
    with app.app_context(), Context(Command(command), info_name=command):
        assert db.session.scalar(select(func.count()).select_from(Question)) == 0


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        pytest.param("journal_mode", "wal", id="write-ahead log"),
        pytest.param("foreign_keys", 1, id="foreign keys"),
        pytest.param("busy_timeout", 60_000, id="lock timeout"),
        pytest.param("synchronous", 1, id="synchronization"),
    ],
)
def test_connection_has_these_pragmas(app: Flask, pragma: str, value: object) -> None:
    with app.app_context():
        assert db.session.scalar(text(f"PRAGMA {pragma}")) == value


def test_writing_request_takes_the_write_lock_first(
    writer: FlaskClient, statements: list[str]
) -> None:
    writer.post("/api/v1/questions", json=QUESTION)

    assert statements[0] == "BEGIN IMMEDIATE"


@pytest.mark.slow
def test_simultaneous_writes_are_all_stored(
    app: Flask, writer: FlaskClient, make_writer: MakeWriter
) -> None:
    question_url = writer.post("/api/v1/questions", json=QUESTION).headers["Location"]

    def answer(number: int) -> int:
        body = {"body": f"Answer {number}"}
        return make_writer(app).post(f"{question_url}/answers", json=body).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(answer, range(80)))

    with app.app_context():
        answers = db.session.scalars(select(Answer)).all()
        question = db.session.scalars(select(Question)).one()
        assert (set(statuses), len(answers), question.answer_count) == ({201}, 80, 80)


@pytest.mark.usefixtures("locking_connection")
def test_reading_request_does_not_wait_for_a_writer(client: FlaskClient) -> None:
    assert client.get("/api/v1/questions").status_code == 200


@pytest.mark.usefixtures("question_id")
def test_rows_stay_the_same_during_a_reading_request(
    app: Flask, locking_connection: sqlite3.Connection
) -> None:
    with app.test_request_context():
        before = db.session.scalar(select(func.count(Question.id)))
        locking_connection.execute("DELETE FROM question")
        locking_connection.commit()
        after = db.session.scalar(select(func.count(Question.id)))

    assert (before, after) == (1, 1)


@pytest.mark.slow
def test_writing_request_waits_for_another_writer(
    writer: FlaskClient, locking_connection: sqlite3.Connection
) -> None:
    timer = Timer(0.2, locking_connection.rollback)
    timer.start()

    response = writer.post("/api/v1/questions", json=QUESTION)

    timer.join()
    assert response.status_code == 201


def test_lock_timeout_is_an_outage(
    app: Flask, writer: FlaskClient, locking_connection: sqlite3.Connection
) -> None:
    with app.app_context():
        engine = db.engine

    def shorten_timeout(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    event.listen(engine, "connect", shorten_timeout)
    engine.dispose()

    response = writer.post("/api/v1/questions", json=QUESTION)

    event.remove(engine, "connect", shorten_timeout)
    engine.dispose()
    locking_connection.rollback()
    assert response.status_code == 503


def test_full_disk_is_an_outage_that_loses_no_data(
    make_app: Callable[..., Flask], make_writer: MakeWriter
) -> None:
    app = make_app()
    client = make_writer(app)
    with app.app_context():
        engine = db.engine
    client.post("/api/v1/questions", json=QUESTION)

    @event.listens_for(engine, "begin")
    def limit_size(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    with engine.connect() as connection:
        connection.connection.execute("VACUUM")

    written = client.post("/api/v1/questions", json={**QUESTION, "body": "x" * 20_000})

    read = client.get("/api/v1/questions")
    engine.dispose()
    assert (written.status_code, len(read.get_json()["items"])) == (503, 1)


def test_read_only_file_is_reported(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "board.db"
    file.touch()
    app = make_app(DATABASE_URL=f"sqlite:///{file}")
    # `chmod` has no effect for root.
    monkeypatch.setattr("os.access", lambda path, _mode: path != file)

    with app.app_context():
        [problem] = sqlite.check_file_writable(app.config)

    assert problem.startswith(f"{file} is read-only")


def test_create_database_leaves_the_file_to_the_first_migration(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    file = tmp_path / "board.db"
    app = make_app(DATABASE_URL=f"sqlite:///{file}")

    result = app.test_cli_runner().invoke(args=["create-database"])

    assert (result.exit_code, file.exists()) == (0, False)
    assert "flask --app service db upgrade" in result.output


def test_doctor_advises_to_check_the_path(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/missing/board.db")

    with app.app_context():
        [problem] = check_connection(app.config)

    assert problem.endswith(". Check the path in DATABASE_URL.")


def test_slow_statement_is_cancelled(make_app: Callable[..., Flask]) -> None:
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="1")
    endless = text(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)"
        " SELECT count(*) FROM numbers"
    )

    with app.app_context():
        with pytest.raises(OperationalError, match="interrupted") as caught:
            db.session.execute(endless)
        assert is_outage(caught.value)
        db.session.rollback()
        assert db.session.scalar(text("SELECT 1")) == 1
