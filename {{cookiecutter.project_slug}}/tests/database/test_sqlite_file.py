"""SQLite: the database file is deleted, replaced, missing or damaged while the service runs."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.database.sqlite import check_file_writable
from service.extensions import db
from tests.conftest import Log, MakeWriter

QUESTIONS_URL = "/api/v1/questions"
QUESTION = {"title": "How do I begin?", "body": "I have installed everything."}
DAMAGES = {
    "not a database": lambda file: file.write_bytes(b"damaged " * 1000),
    "truncated": lambda file: os.truncate(file, 5000),
    "damaged table": lambda file: overwrite(file, 4096, b"\xff" * 4096 * 100),
}


def overwrite(file: Path, position: int, content: bytes) -> None:
    """Overwrite a part of the file."""
    with file.open("r+b") as opened:
        opened.seek(position)
        opened.write(content)


@pytest.fixture(autouse=True)
def _only_on_sqlite(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("The tests run on another database.")


@pytest.fixture
def file(make_app: Callable[..., Flask], tmp_path: Path) -> Path:
    """Return the path of a database file with empty tables."""
    path = tmp_path / "folder #1" / "board.db"
    path.parent.mkdir()
    create_tables(make_app, path)
    return path


def create_tables(make_app: Callable[..., Flask], file: Path) -> None:
    """Create the file with empty tables, as the migrations do."""
    with make_app(DATABASE_URL=f"sqlite:///{file}").app_context():
        db.create_all()
        db.engine.dispose()


@pytest.fixture
def service(make_app: Callable[..., Flask], file: Path) -> Iterator[Flask]:
    """Yield an application in production that uses the file."""
    app = make_app(
        DATABASE_URL=f"sqlite:///{file}", APP_ENV="production", TRUSTED_HOSTS="localhost"
    )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def writer(service: Flask, make_writer: MakeWriter) -> FlaskClient:
    """Return a client that has written to the file, so that a connection to it is open."""
    client = make_writer(service)
    assert client.post(QUESTIONS_URL, json=QUESTION).status_code == 201
    return client


def remove(file: Path) -> None:
    """Remove the database with its write-ahead log, as `rm board.db*` does."""
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


def back_up(file: Path, copy: Path) -> None:
    """Copy the database to another file, with what is still in the write-ahead log."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def test_deleted_file_is_an_outage_until_it_exists_again(
    make_app: Callable[..., Flask], file: Path, writer: FlaskClient, log: Log
) -> None:
    remove(file)

    written = writer.post(QUESTIONS_URL, json=QUESTION)
    read = writer.get(QUESTIONS_URL)

    assert (written.status_code, read.status_code, file.exists()) == (503, 503, False)
    reasons = [line["reason"] for line in log() if line["event"] == "database_unavailable"]
    assert reasons == ["OperationalError SQLITE_CANTOPEN"] * 2
    create_tables(make_app, file)
    assert writer.get(QUESTIONS_URL).get_json()["items"] == []


def test_folder_that_was_replaced_by_a_file_is_an_outage(file: Path, writer: FlaskClient) -> None:
    file.parent.rename(file.parent.with_name("moved"))
    file.parent.touch()

    assert writer.get(QUESTIONS_URL).status_code == 503


def test_replaced_file_is_used_by_the_next_request(
    file: Path, tmp_path: Path, writer: FlaskClient
) -> None:
    back_up(file, tmp_path / "backup.db")
    writer.post(QUESTIONS_URL, json={**QUESTION, "title": "Written after the backup"})
    remove(file)
    (tmp_path / "backup.db").rename(file)

    read = writer.get(QUESTIONS_URL)
    written = writer.post(QUESTIONS_URL, json={**QUESTION, "title": "Written after the restore"})

    assert [question["title"] for question in read.get_json()["items"]] == [QUESTION["title"]]
    assert written.status_code == 201
    with closing(sqlite3.connect(file)) as connection:
        titles = [title for (title,) in connection.execute("SELECT title FROM question")]
    assert titles == [QUESTION["title"], "Written after the restore"]


def test_missing_file_is_not_created_in_production(file: Path, service: Flask) -> None:
    remove(file)

    response = service.test_client().get(QUESTIONS_URL)

    assert (response.status_code, file.exists()) == (503, False)
    with service.app_context():
        assert list(check_file_writable(service.config)) == [
            f"{file} does not exist. Create it: flask --app service db upgrade"
        ]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_file_is_an_outage_until_it_is_restored(
    file: Path, tmp_path: Path, writer: FlaskClient, damage: Callable[[Path], object]
) -> None:
    back_up(file, tmp_path / "backup.db")
    # Without the log, which would repair the file.
    back_up(file, tmp_path / "copy.db")
    remove(file)
    (tmp_path / "copy.db").rename(file)
    damage(file)

    during = [
        writer.get(QUESTIONS_URL).status_code,
        writer.post(QUESTIONS_URL, json=QUESTION).status_code,
    ]
    file.write_bytes((tmp_path / "backup.db").read_bytes())
    after = [
        writer.get(QUESTIONS_URL).status_code,
        writer.post(QUESTIONS_URL, json=QUESTION).status_code,
    ]

    assert (during, after) == ([503, 503], [200, 201])
