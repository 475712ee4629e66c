"""SQLite, under threads that read and write at once."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import pytest
from click import Command, Context
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, func, select, text

from service.board.models import Answer, Question
from service.core import sqlite
from service.extensions import db
from tests.conftest import MakeWriter

GOOD = {"title": "How do I begin?", "body": "I have installed everything."}
MOUNTED = """\
rootfs / ext4 rw 0 0
server:/export /srv/shared\\040data nfs4 rw 0 0
tmpfs /srv/shared\\040data/here tmpfs rw 0 0
"""


@pytest.fixture(autouse=True)
def _only_here(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("The database under test is another one.")


@pytest.fixture
def blocker(app: Flask) -> Iterator[sqlite3.Connection]:
    """Hold the write lock, as another program may."""
    with app.app_context():
        path = str(db.engine.url.database)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@pytest.mark.parametrize("command", ["doctor", "shell"])
@pytest.mark.usefixtures("blocker")
def test_who_only_looks_neither_waits_for_a_writer_nor_stops_one(app: Flask, command: str) -> None:
    with app.app_context(), Context(Command(command), info_name=command):
        assert db.session.scalar(select(func.count()).select_from(Question)) == 0


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        pytest.param("journal_mode", "wal", id="readers do not wait"),
        pytest.param("foreign_keys", 1, id="foreign keys hold"),
        pytest.param("busy_timeout", 5000, id="writers wait"),
        pytest.param("synchronous", 1, id="commits are quick"),
    ],
)
def test_each_connection_is_prepared(app: Flask, pragma: str, value: object) -> None:
    """R7.02."""
    with app.app_context():
        assert db.session.scalar(text(f"PRAGMA {pragma}")) == value


def test_writing_takes_the_lock_at_once(writer: FlaskClient, statements: list[str]) -> None:
    """R7.02."""
    writer.post("/api/v1/questions", json=GOOD)

    assert statements[0] == "BEGIN IMMEDIATE"


@pytest.mark.slow
def test_threads_that_write_at_once_lose_nothing(
    app: Flask, writer: FlaskClient, make_writer: MakeWriter
) -> None:
    """Z13."""
    address = writer.post("/api/v1/questions", json=GOOD).headers["Location"]

    def answer(number: int) -> int:
        body = {"body": f"Answer {number}"}
        return make_writer(app).post(f"{address}/answers", json=body).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(answer, range(80)))

    with app.app_context():
        answers = db.session.scalars(select(Answer)).all()
        question = db.session.scalars(select(Question)).one()
        assert (set(statuses), len(answers), question.answer_count) == ({201}, 80, 80)


@pytest.mark.usefixtures("blocker")
def test_reading_goes_on_while_another_program_writes(client: FlaskClient) -> None:
    """R7.02."""
    assert client.get("/api/v1/questions").status_code == 200


@pytest.mark.usefixtures("question_id")
def test_a_request_that_reads_sees_one_moment(app: Flask, blocker: sqlite3.Connection) -> None:
    """R7.02."""
    with app.test_request_context():
        before = db.session.scalar(select(func.count(Question.id)))
        blocker.execute("DELETE FROM question")
        blocker.commit()
        after = db.session.scalar(select(func.count(Question.id)))

    assert (before, after) == (1, 1)


@pytest.mark.slow
def test_writing_waits_for_another_program(
    writer: FlaskClient, blocker: sqlite3.Connection
) -> None:
    """Z12."""
    timer = Timer(0.2, blocker.rollback)
    timer.start()

    response = writer.post("/api/v1/questions", json=GOOD)

    timer.join()
    assert response.status_code == 201


def test_waiting_too_long_is_an_outage(
    app: Flask, writer: FlaskClient, blocker: sqlite3.Connection
) -> None:
    """Z12."""
    with app.app_context():
        engine = db.engine

    def hurry(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    event.listen(engine, "connect", hurry)
    engine.dispose()
    started = time.perf_counter()
    response = writer.post("/api/v1/questions", json=GOOD)

    event.remove(engine, "connect", hurry)
    engine.dispose()
    blocker.rollback()
    assert (response.status_code, time.perf_counter() - started < 2) == (503, True)


def test_a_full_disk_is_an_outage_that_loses_nothing(
    make_app: Callable[..., Flask], make_writer: MakeWriter
) -> None:
    """Z14."""
    app = make_app()
    client = make_writer(app)
    with app.app_context():
        engine = db.engine
    client.post("/api/v1/questions", json=GOOD)

    @event.listens_for(engine, "begin")
    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    with engine.connect() as connection:
        connection.connection.execute("VACUUM")

    written = client.post("/api/v1/questions", json={**GOOD, "body": "x" * 20_000})

    read = client.get("/api/v1/questions")
    engine.dispose()
    assert (written.status_code, len(read.get_json()["items"])) == (503, 1)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        pytest.param("/srv/board.db", "ext4", id="a disk"),
        pytest.param("/srv/shared data/board.db", "nfs4", id="another machine"),
        pytest.param("/srv/shared data/here/board.db", "tmpfs", id="the innermost counts"),
    ],
)
def test_the_kernel_says_what_a_file_is_on(tmp_path: Path, file: str, kind: str) -> None:
    """R7.02."""
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTED)

    assert sqlite.file_system(Path(file), mounts) == kind


def test_a_file_on_this_machine_is_well(app: Flask) -> None:
    """R7.02."""
    with app.app_context():
        assert list(sqlite.distant_file(app.config)) == []


def test_a_file_that_is_read_only_is_named(
    make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Z15."""
    file = tmp_path / "kept.db"
    file.touch()
    app = make_app(DATABASE_URL=f"sqlite:///{file}")
    # Not by its mode, which does not hold for root.
    monkeypatch.setattr("os.access", lambda path, _mode: path != file)

    with app.app_context():
        [problem] = sqlite.unwritable_file(app.config)

    assert problem.startswith(f"{file} is read-only")
