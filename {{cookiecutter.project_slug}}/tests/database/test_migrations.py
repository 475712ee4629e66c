"""Migrations, each test with a temporary folder and an empty database."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import flask_migrate
import pytest
from alembic.operations.ops import AddColumnOp, ExecuteSQLOp, ModifyTableOps
from flask import Flask
from sqlalchemy import Column, inspect, make_url, text
from sqlalchemy_utils import drop_database

from service import create_app
from service.board.models import SearchDocument
from service.board.search import find_matches
from service.database.full_text import create_statements, is_part_of_index, with_indexes
from service.database.migrations import DIRECTORY
from service.extensions import Base, db
from service.search.query import parse_query
from tests.conftest import MakeQuestion


@dataclass(frozen=True)
class Project:
    """A project: its settings, and the folder of its migrations."""

    settings: dict[str, str]
    migrations: str

    def tables(self) -> set[str]:
        """Return the names of all tables except Alembic's."""
        with create_app(self.settings).app_context():
            names = inspect(db.engine).get_table_names()
            db.engine.dispose()
        return set(names) - {"alembic_version"}

    def tables_of_models(self) -> set[str]:
        """Return the names of the tables without those of full-text indexes."""
        return {name for name in self.tables() if not is_part_of_index(name)}


@pytest.fixture
def settings_of_empty_database(settings: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield the settings of an application with an empty database."""
    url = make_url(settings["DATABASE_URL"])
    # A slug has up to 50 characters, and the server may limit the name of a database to 63.
    url = url.set(database=f"{url.database}_new")
    changed = {**settings, "DATABASE_URL": url.render_as_string(hide_password=False)}
    app = create_app(changed)
    app.test_cli_runner().invoke(args=["create-database"])
    with app.app_context():
        url = db.engine.url
    yield changed
    drop_database(url)


@pytest.fixture
def new_project(settings_of_empty_database: dict[str, str], tmp_path: Path) -> Project:
    """Return a project with a new first migration, which is not applied."""
    project = Project(settings_of_empty_database, str(tmp_path / "migrations"))
    with create_app(settings_of_empty_database).app_context():
        flask_migrate.init(directory=project.migrations)
        flask_migrate.migrate(directory=project.migrations, message="initial", rev_id="initial")
        db.engine.dispose()
    return project


@pytest.fixture
def this_project(settings_of_empty_database: dict[str, str]) -> Project:
    """Return a project with the migrations in `migrations/`, which are not applied."""
    return Project(settings_of_empty_database, str(DIRECTORY))


if_migrations_exist = pytest.mark.skipif(not DIRECTORY.exists(), reason="There is no migration.")
PROJECTS = ["new_project", pytest.param("this_project", marks=if_migrations_exist)]


@pytest.mark.slow
@pytest.mark.parametrize("name", PROJECTS)
def test_migrations_upgrade_and_downgrade(name: str, request: pytest.FixtureRequest) -> None:
    project: Project = request.getfixturevalue(name)
    with create_app(project.settings).app_context():
        flask_migrate.upgrade(directory=project.migrations)
        flask_migrate.downgrade(directory=project.migrations, revision="base")
    assert project.tables() == set()

    with create_app(project.settings).app_context():
        flask_migrate.upgrade(directory=project.migrations)

    assert project.tables_of_models() == set(Base.metadata.tables)
    with create_app(project.settings).app_context():
        flask_migrate.check(directory=project.migrations)


def upgrade(project: Project) -> None:
    """Apply the migrations of a project; several processes call this at once."""
    with create_app(project.settings).app_context():
        flask_migrate.upgrade(directory=project.migrations)


@pytest.mark.slow
def test_simultaneous_upgrades_all_succeed(new_project: Project) -> None:
    context = get_context("forkserver" if os.name == "posix" else "spawn")
    context.set_forkserver_preload([__name__])

    with ProcessPoolExecutor(4, context) as processes:
        upgrades = [processes.submit(upgrade, new_project) for _ in range(4)]
        failures = [error for future in upgrades if (error := future.exception())]

    assert failures == []
    assert new_project.tables_of_models() == set(Base.metadata.tables)


def test_unchanged_models_create_no_migration(new_project: Project) -> None:
    with create_app(new_project.settings).app_context():
        flask_migrate.upgrade(directory=new_project.migrations)
        flask_migrate.migrate(directory=new_project.migrations, message="nothing")
        db.engine.dispose()

    assert len(list(Path(new_project.migrations, "versions").glob("*.py"))) == 1


def test_table_without_a_model_is_dropped_by_a_migration(new_project: Project) -> None:
    with create_app(new_project.settings).app_context():
        flask_migrate.upgrade(directory=new_project.migrations)
        with db.engine.begin() as connection:
            connection.execute(text("CREATE TABLE tag (id INTEGER PRIMARY KEY)"))
        flask_migrate.migrate(directory=new_project.migrations, message="remove tags")
        flask_migrate.upgrade(directory=new_project.migrations)
        db.engine.dispose()

    assert "tag" not in new_project.tables()


def test_full_text_index_is_in_step_after_a_migration_of_its_table(
    new_project: Project, make_question: MakeQuestion
) -> None:
    with create_app(new_project.settings).app_context():
        flask_migrate.upgrade(directory=new_project.migrations)
        with db.engine.begin() as connection:
            connection.execute(text("ALTER TABLE search_document ADD COLUMN old INTEGER"))
        # SQLite drops a column by copying the table.
        flask_migrate.migrate(directory=new_project.migrations, message="remove a column")
        flask_migrate.upgrade(directory=new_project.migrations)
        db.session.add(make_question(title="Where is the needle?"))
        db.session.commit()

        matches = find_matches(parse_query("needle"))

        db.session.remove()
        flask_migrate.check(directory=new_project.migrations)
        db.engine.dispose()
    assert len(matches) == 1


def test_new_column_of_an_existing_table_gets_a_full_text_index(app: Flask) -> None:
    table = SearchDocument.__table__
    change = ModifyTableOps(table.name, [AddColumnOp(table.name, Column("tokens"))])

    with app.app_context():
        statements = [op.sqltext for op in with_indexes([change]) if isinstance(op, ExecuteSQLOp)]

        assert statements == list(create_statements(table))


def test_migration_does_not_import_the_service(new_project: Project) -> None:
    [migration] = Path(new_project.migrations, "versions").glob("*.py")

    assert "service" not in migration.read_text("utf-8")
