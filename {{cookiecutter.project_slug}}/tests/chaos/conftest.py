"""A database and a gunicorn of the tests' own, which most faults befall."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import URL

from tests.chaos.clients import Client
from tests.chaos.installation import Installation, install
from tests.chaos.mysql import MySQL  # [template] if mysql
from tests.chaos.postgresql import PostgreSQL  # [template] if postgresql
from tests.chaos.sqlite import SQLite  # [template] if sqlite
from tests.servers import Server


class Database(Protocol):
    """A database of our own."""

    @property
    def address(self) -> URL:
        """The address that the service is given."""

    def kill(self) -> None:
        """Let no process of it run on."""


def own_database(folder: Path) -> Database:
    """Make a database in an empty folder."""
    return MySQL(folder)  # [template] if mysql
    return PostgreSQL(folder)  # [template] if postgresql
    return SQLite(folder)  # [template] if sqlite


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Leave alone the database that the other tests have in common."""


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """Make a database of our own, in a folder that whoever runs it may enter."""
    with tempfile.TemporaryDirectory() as folder:
        database = own_database(Path(folder))
        yield database
        database.kill()


@pytest.fixture(scope="session")
def installation(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Install this project on that database."""
    return install(tmp_path_factory.mktemp("installation") / "project", database.address)


@pytest.fixture
def spare(installation: Installation, tmp_path: Path) -> Installation:
    """Copy the installation: of this one, anything may be spoilt."""
    return installation.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def server(installation: Installation) -> Iterator[Server]:
    """Run gunicorn. No test starts it anew: it has to recover."""
    with installation.serve() as server:
        yield server


@pytest.fixture(scope="session")
def somebody(server: Server) -> Client:
    """Let somebody in who may ask."""
    return Client(server)


@pytest.fixture
def client(somebody: Client) -> Client:
    """Make a client who has seen nothing yet."""
    return somebody.at(somebody.server)
