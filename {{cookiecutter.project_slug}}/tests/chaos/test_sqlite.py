"""The database file is locked by another program, on a full disk, or read-only."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chaos.clients import Client
from tests.chaos.installation import Installation
from tests.chaos.sqlite import SQLite
from tests.servers import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]


def test_request_waits_for_a_short_lock(database: SQLite, client: Client) -> None:
    with database.connect() as other, ThreadPoolExecutor(1) as threads:
        other.execute("BEGIN EXCLUSIVE")
        asked = threads.submit(client.ask)
        read = client.read()
        other.rollback()

        assert (read, asked.result()) == (200, 201)


def test_request_does_not_wait_for_a_long_lock(database: SQLite, client: Client) -> None:
    with database.connect() as other:
        other.execute("BEGIN EXCLUSIVE")
        during = (client.ask(), client.read(), client.read("/"))

    assert (during, client.ask()) == ((503, 200, 200), 201)
    assert client.failures() == []


def test_concurrent_writes_of_several_processes_are_not_lost(
    installation: Installation, client: Client
) -> None:
    client.ask()
    [question] = client.created
    # On a slow machine, a request may wait long for the write lock.
    long_timeout = {"DB_STATEMENT_TIMEOUT_SECONDS": "60"}
    with (
        installation.serve("--workers=4", **long_timeout) as server,
        ThreadPoolExecutor(16) as threads,
    ):
        visitor = client.for_server(server)
        statuses = set(threads.map(lambda _: visitor.answer(question), range(160)))
        count = server.send("GET", question).json()["answer_count"]

    assert (statuses, count) == ({201}, 160)


def mount(*arguments: str) -> None:
    """Mount a filesystem; skip the test if that is not permitted."""
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True)  # noqa: S603, S607  # Constants.
    if done.returncode:
        pytest.skip("SKIPPED: only root may mount filesystems.")


@contextmanager
def temporary_mount(path: Path, *arguments: str) -> Iterator[None]:
    """Mount a filesystem at the path until the end of the block."""
    mount(*arguments, str(path))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)  # noqa: S603, S607  # Constants.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield the path of a filesystem of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with temporary_mount(disk, "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        yield disk


@contextmanager
def full_disk(disk: Path) -> Iterator[None]:
    """Fill the filesystem completely, until the end of the block."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        free = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_bsize)
    yield
    filler.unlink()


def test_full_disk_stops_writing_but_not_reading(
    installation_copy: Installation, small_disk: Path
) -> None:
    database = SQLite(small_disk)
    installation_copy.set(DATABASE_URL=database.url.render_as_string())
    installation_copy.flask("db", "upgrade")
    with installation_copy.serve() as server:
        client = Client(server)
        before = client.ask()
        with full_disk(small_disk):
            during = (client.ask(), client.read(), client.read("/"))

        assert (before, during, client.ask()) == (201, (503, 200, 200), 201)
        assert client.failures() == []
    with database.connect() as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@contextmanager
def read_only_file(file: Path) -> Iterator[None]:
    """Make a file read-only, until the end of the block; for root, with a read-only mount."""
    if os.geteuid() == 0:
        with temporary_mount(file, "--bind", "-o", "ro", str(file)):
            yield
        return
    file.chmod(0o400)
    yield
    file.chmod(0o600)


def test_read_only_file_can_be_read_and_is_logged(
    installation: Installation, database: SQLite, client: Client
) -> None:
    with read_only_file(database.file), installation.serve() as server:
        visitor = client.for_server(server)
        during = (visitor.ask(), visitor.read(), visitor.read("/"), visitor.read("/readyz"))
        is_logged = f"{database.file} is read-only" in server.log()

    assert (during, is_logged) == ((503, 200, 200, 200), True)


def test_file_that_becomes_writable_needs_no_restart(
    installation: Installation, database: SQLite, client: Client
) -> None:
    with installation.serve() as server:
        visitor = client.for_server(server)
        with read_only_file(database.file):
            during = {visitor.ask() for _ in range(8)}
        wait_until(lambda: {visitor.ask() for _ in range(8)} == {201})

        assert during == {503}
        assert visitor.failures() == []
