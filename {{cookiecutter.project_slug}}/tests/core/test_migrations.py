"""Migrations, made and applied in a folder and a database of their own."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import flask_migrate
import pytest
from sqlalchemy import inspect, make_url
from sqlalchemy_utils import drop_database

from service import create_app
from service.core.migrations import DIRECTORY
from service.extensions import Base, db


@dataclass(frozen=True)
class Project:
    """A new project: its settings, and the folder of its migrations."""

    settings: dict[str, str]
    migrations: str

    def tables(self) -> set[str]:
        """Return the names of the tables in the database, the one of Alembic aside."""
        with create_app(self.settings).app_context():
            names = inspect(db.engine).get_table_names()
            db.engine.dispose()
        return set(names) - {"alembic_version"}


@pytest.fixture
def empty(settings: dict[str, str]) -> Iterator[dict[str, str]]:
    """Create a database without tables; name its settings."""
    url = make_url(settings["DATABASE_URL"])
    url = url.set(database=f"{url.database}_migrations")
    own = {**settings, "DATABASE_URL": url.render_as_string(hide_password=False)}
    app = create_app(own)
    app.test_cli_runner().invoke(args=["create-database"])
    with app.app_context():
        url = db.engine.url
    yield own
    drop_database(url)


@pytest.fixture
def project(empty: dict[str, str], tmp_path: Path) -> Project:
    """Make a project with its first migration, before any is applied."""
    made = Project(empty, str(tmp_path / "migrations"))
    with create_app(empty).app_context():
        flask_migrate.init(directory=made.migrations)
        flask_migrate.migrate(directory=made.migrations, message="initial", rev_id="initial")
        db.engine.dispose()
    return made


@pytest.fixture
def this_project(empty: dict[str, str]) -> Project:
    """Take the migrations of this project itself, before any is applied."""
    return Project(empty, str(DIRECTORY))


are_made = pytest.mark.skipif(not DIRECTORY.exists(), reason="There is no migration yet.")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["project", pytest.param("this_project", marks=are_made)])
def test_migrations_lead_up_as_well_as_down(name: str, request: pytest.FixtureRequest) -> None:
    """R7.06."""
    project: Project = request.getfixturevalue(name)
    with create_app(project.settings).app_context():
        flask_migrate.upgrade(directory=project.migrations)
        flask_migrate.downgrade(directory=project.migrations, revision="base")
    assert project.tables() == set()

    with create_app(project.settings).app_context():
        flask_migrate.upgrade(directory=project.migrations)

    assert project.tables() == set(Base.metadata.tables)
    with create_app(project.settings).app_context():
        flask_migrate.check(directory=project.migrations)


def upgrade(project: Project) -> None:
    """Upgrade the project, as one of several processes."""
    with create_app(project.settings).app_context():
        flask_migrate.upgrade(directory=project.migrations)


@pytest.mark.slow
def test_of_several_upgrades_at_once_each_succeeds(project: Project) -> None:
    """Z44."""
    kind = get_context("forkserver" if os.name == "posix" else "spawn")
    kind.set_forkserver_preload([__name__])

    with ProcessPoolExecutor(4, kind) as processes:
        upgrades = [processes.submit(upgrade, project) for _ in range(4)]
        failures = [error for done in upgrades if (error := done.exception())]

    assert failures == []
    assert project.tables() == set(Base.metadata.tables)
