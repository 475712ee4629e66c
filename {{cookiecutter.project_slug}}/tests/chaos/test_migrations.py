"""Tables that are not those of the code: of another version, or half of the way to it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from service.core.migrations import newest_revisions
from tests.chaos.clients import Client
from tests.chaos.conftest import Database
from tests.chaos.installation import Installation
from tests.servers import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

MIGRATION = '''"""Half a way."""

from alembic import op

revision = "half"
down_revision = "{before}"


def upgrade() -> None:
    op.execute("CREATE TABLE half (id INTEGER)")
    op.execute("{second}")

'''
GOOD = "CREATE TABLE other_half (id INTEGER)"
BAD = "CREATE TABLE without columns"


def execute(address: URL, statement: str, **values: str) -> None:
    """Do something to the database by hand."""
    with create_engine(address, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement), values)


@contextmanager
def revision(address: URL, name: str) -> Iterator[None]:
    """Let the database have another revision, until the end of the block."""
    [newest] = newest_revisions()
    change = "UPDATE alembic_version SET version_num = :name"
    execute(address, change, name=name)
    try:
        yield
    finally:
        execute(address, change, name=newest)


def test_a_revision_that_the_code_does_not_know_is_named(
    database: Database, installation: Installation, client: Client
) -> None:
    """Z43: the database is newer than the code; nobody guesses what it may hold."""
    with revision(database.address, "unheard_of"):
        ready, page = client.read("/readyz"), client.read()
        upgraded, told = installation.flask("db", "upgrade")
        examined, problems = installation.flask("doctor")

    assert (ready, page, client.read("/readyz")) == (503, 200, 200)
    assert (upgraded, "unheard_of" in told, "Traceback" in told) == (1, True, False)
    assert (examined, "unheard_of" in problems) == (1, True)


@pytest.fixture
def newer(spare: Installation, database: Database) -> Iterator[Installation]:
    """Install code with one more migration, which is not applied yet, and never for good."""
    write(spare, BAD)
    with revision(database.address, *newest_revisions()):
        yield spare
    for table in ("half", "other_half"):
        execute(database.address, f"DROP TABLE IF EXISTS {table}")


def write(installation: Installation, second: str) -> None:
    """Write the migration, with its second statement."""
    [before] = newest_revisions()
    file = installation.root / "migrations/versions/half.py"
    file.write_text(MIGRATION.format(before=before, second=second), "utf-8")


def test_code_before_its_migration_serves_and_is_not_ready(
    newer: Installation, client: Client
) -> None:
    """Z46."""
    with newer.serve() as server:
        visitor = client.at(server)

        assert (visitor.read("/readyz"), visitor.read(), visitor.ask()) == (503, 200, 201)
        assert visitor.complaints() == []


def test_a_migration_that_fails_half_way_can_be_put_right(
    newer: Installation, client: Client, database: Database
) -> None:
    """Z42: what it made is taken back by the database, or by hand."""
    with newer.serve() as server:
        visitor = client.at(server)
        failed, told = newer.flask("db", "upgrade")
        half_way = (visitor.read("/readyz"), visitor.read(), visitor.ask())
        execute(database.address, "DROP TABLE IF EXISTS half")
        write(newer, GOOD)
        repaired, _ = newer.flask("db", "upgrade")
        wait_until(lambda: server.get("/readyz")[0] == 200)

        assert (failed, half_way, repaired) == (1, (503, 200, 201), 0), told
        assert visitor.complaints() == []
