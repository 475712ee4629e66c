"""A database whose schema does not match the code: newer, older, or partly migrated."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from service.database.migrations import latest_revisions
from tests.chaos.clients import Client
from tests.chaos.conftest import Database
from tests.chaos.installation import Installation
from tests.servers import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

MIGRATION = '''"""A migration with two statements."""

from alembic import op

revision = "half"
down_revision = "{down_revision}"


def upgrade() -> None:
    op.execute("CREATE TABLE half (id INTEGER)")
    op.execute("{second_statement}")

'''
VALID = "CREATE TABLE other_half (id INTEGER)"
INVALID = "CREATE TABLE without columns"


def execute(url: URL, statement: str, **values: str) -> None:
    """Execute a statement, as an administrator would by hand."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement), values)


@contextmanager
def database_revision(url: URL, name: str) -> Iterator[None]:
    """Set the revision of the database until the end of the block."""
    [latest] = latest_revisions()
    update = "UPDATE alembic_version SET version_num = :name"
    execute(url, update, name=name)
    try:
        yield
    finally:
        execute(url, update, name=latest)


def test_unknown_revision_is_reported(
    database: Database, installation: Installation, client: Client
) -> None:
    with database_revision(database.url, "unheard_of"):
        ready, page = client.read("/readyz"), client.read()
        upgrade_status, upgrade_output = installation.flask("db", "upgrade")
        doctor_status, doctor_output = installation.flask("doctor")

    assert (ready, page, client.read("/readyz")) == (503, 200, 200)
    assert (upgrade_status, "unheard_of" in upgrade_output) == (1, True)
    assert "Traceback" not in upgrade_output
    assert (doctor_status, "unheard_of" in doctor_output) == (1, True)


@pytest.fixture
def newer_installation(
    installation_copy: Installation, database: Database
) -> Iterator[Installation]:
    """Yield an installation with one more migration, which is not applied and would fail."""
    write_migration(installation_copy, INVALID)
    with database_revision(database.url, *latest_revisions()):
        yield installation_copy
    for table in ("half", "other_half"):
        execute(database.url, f"DROP TABLE IF EXISTS {table}")


def write_migration(installation: Installation, second_statement: str) -> None:
    """Add a migration with two statements; this is the second one."""
    [latest] = latest_revisions()
    file = installation.root / "migrations/versions/half.py"
    migration = MIGRATION.format(down_revision=latest, second_statement=second_statement)
    file.write_text(migration, "utf-8")


def test_service_responds_but_is_not_ready_before_its_migration(
    newer_installation: Installation, client: Client
) -> None:
    with newer_installation.serve() as server:
        visitor = client.for_server(server)

        assert (visitor.read("/readyz"), visitor.read(), visitor.ask()) == (503, 200, 201)
        assert visitor.failures() == []


def test_failed_migration_can_be_repaired(
    newer_installation: Installation, client: Client, database: Database
) -> None:
    with newer_installation.serve() as server:
        visitor = client.for_server(server)
        status, output = newer_installation.flask("db", "upgrade")
        after_failure = (visitor.read("/readyz"), visitor.read(), visitor.ask())
        execute(database.url, "DROP TABLE IF EXISTS half")
        write_migration(newer_installation, VALID)
        repaired, _ = newer_installation.flask("db", "upgrade")
        wait_until(lambda: server.get("/readyz")[0] == 200)

        assert (status, after_failure, repaired) == (1, (503, 200, 201), 0), output
        assert visitor.failures() == []
