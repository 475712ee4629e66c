"""A database server and a gunicorn that only these tests use."""

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
    """A database in which a test may cause faults."""

    @property
    def url(self) -> URL:
        """The URL for the service."""

    def kill(self) -> None:
        """Kill the server process of the database, if there is one."""

    def start(self) -> None:
        """Start the server process of the database again, if there is one."""


def create_database(folder: Path) -> Database:
    """Create a database in an empty folder."""
    return MySQL(folder)  # [template] if mysql
    return PostgreSQL(folder)  # [template] if postgresql
    return SQLite(folder)  # [template] if sqlite


@pytest.fixture(autouse=True)
def _empty_tables() -> None:
    """Override the fixture that empties the tables of the other tests' database."""


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """Yield a new database.

    Its folder is not in `tmp_path`, which only the user who runs the tests can enter: a database
    server may run as another user.
    """
    with tempfile.TemporaryDirectory() as folder:
        database = create_database(Path(folder))
        yield database
        database.kill()


@pytest.fixture(scope="session")
def installation(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return an installation of the project that uses `database`."""
    return install(tmp_path_factory.mktemp("installation") / "project", database.url)


@pytest.fixture
def installation_copy(installation: Installation, tmp_path: Path) -> Installation:
    """Return a copy of the installation, whose files the test may change."""
    return installation.copy(tmp_path / "project")


@pytest.fixture(scope="session")
def server(installation: Installation) -> Iterator[Server]:
    """Yield a running gunicorn. No test restarts it: it must recover without a restart."""
    with installation.serve() as server:
        yield server


@pytest.fixture(scope="session")
def first_client(server: Server) -> Client:
    """Return an API client that may ask questions."""
    return Client(server)


@pytest.fixture
def client(first_client: Client) -> Client:
    """Return a client with the headers of `first_client`, and without recorded responses."""
    return first_client.for_server(first_client.server)
