"""The first migration does not depend on the shell, and no foreign database is changed."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from flask_qa_template.options import questions
from tests.conftest import FIRST_MIGRATION, Project, bake_into, make_folder
from tests.servers import SERVERS, can_connect, database_url, temporary_database

# The settings of another project in the shell; some are invalid here.
OTHER_SETTINGS = {
    "APP_ENV": "production",
    "DB_POOL_SIZE": "many",
    "FLASK_APP": "other",
    "FLASK_DEBUG": "1",
    "JWT_KEYS": "short",
    "LOG_LEVEL": "SILENT",
    "PASSWORD_PEPPER_FILE": "/nowhere",
    "PYTHONPATH": "/nowhere",
    "SECRET_KEY": "short",
    "SERVICE_SKIP_DOTENV": "1",
}


def rendered_files(project: Project) -> dict[str, bytes]:
    """Return the content of each file except `.env`, which has secrets."""
    names = [name for name in project.files() if name != ".env"]
    return {name: (project.path / name).read_bytes() for name in names}


def foreign_database(folder: Path) -> Path:
    """Create a SQLite database with a table of another program."""
    path = folder / "foreign.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE invoice (id INTEGER)")
    return path


def tables(path: Path) -> list[str]:
    """Return the names of the tables in a SQLite database."""
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]


def test_rendered_files_do_not_depend_on_the_settings_in_the_shell(tmp_path: Path) -> None:
    foreign = foreign_database(tmp_path)
    settings = {**OTHER_SETTINGS, "DATABASE_URL": f"sqlite:///{foreign}"}

    clean = bake_into(make_folder(tmp_path / "clean"), {}, {})
    other = bake_into(make_folder(tmp_path / "other"), {}, settings)

    assert "migrations/versions/0001_initial.py" in rendered_files(clean)
    assert rendered_files(other) == rendered_files(clean)
    assert tables(foreign) == ["invoice"]


@pytest.mark.parametrize("kind", sorted(set(questions()["database"]) - {"sqlite"}))
def test_no_database_is_created_without_setup(kind: str, tmp_path: Path) -> None:
    with temporary_database(kind) as settings:
        project = bake_into(tmp_path, {"database": kind}, {**OTHER_SETTINGS, **settings})

        assert not can_connect(database_url(SERVERS[kind], settings["DB_DATABASE"]))
    assert (project.path / "migrations/versions/0001_initial.py").exists()


def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    foreign = foreign_database(tmp_path)
    project = bake_into(make_folder(tmp_path / "rendered"), {}, {})

    run = project.run(
        sys.executable, "-P", str(FIRST_MIGRATION), "--upgrade", DATABASE_URL=f"sqlite:///{foreign}"
    )

    assert (run.status, tables(foreign)) == (1, ["invoice"])
    assert run.out.splitlines()[-1].startswith(f"Refused: the database {foreign} has tables of ")


def test_database_of_a_project_with_other_tables_is_refused(tmp_path: Path) -> None:
    other = foreign_database(tmp_path)
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE question (id INTEGER, title TEXT, body TEXT)")
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
    project = bake_into(make_folder(tmp_path / "rendered"), {}, {})
    program = [sys.executable, "-P", str(FIRST_MIGRATION), "--upgrade"]

    refused = project.run(*program, DATABASE_URL=f"sqlite:///{other}")
    accepted = [project.run(*program, DATABASE_URL=f"sqlite:///{tmp_path}/own.db") for _ in "12"]

    assert refused.status == 1
    assert f"the database {other} has tables of another program or project." in refused.out
    assert [run.status for run in accepted] == [0, 0]
