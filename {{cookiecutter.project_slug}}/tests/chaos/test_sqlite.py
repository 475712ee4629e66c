"""SQLite's file: locked by another program, on a full disk, or read-only."""

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


def test_a_lock_that_is_short_is_waited_for(database: SQLite, client: Client) -> None:
    """Z12."""
    with database.connected() as other, ThreadPoolExecutor(1) as threads:
        other.execute("BEGIN EXCLUSIVE")
        asked = threads.submit(client.ask)
        read = client.read()
        other.rollback()

        assert (read, asked.result()) == (200, 201)


def test_a_lock_that_lasts_is_not_waited_for_long(database: SQLite, client: Client) -> None:
    """Z12."""
    with database.connected() as other:
        other.execute("BEGIN EXCLUSIVE")
        during = (client.ask(), client.read(), client.read("/"))

    assert (during, client.ask()) == ((503, 200, 200), 201)
    assert client.complaints() == []


def test_many_processes_that_write_at_once_lose_nothing(
    installation: Installation, client: Client
) -> None:
    """Z13."""
    client.ask()
    [question] = client.kept
    with installation.serve("--workers=4") as server, ThreadPoolExecutor(16) as threads:
        visitor = client.at(server)
        statuses = set(threads.map(lambda _: visitor.answer(question), range(160)))
        count = server.send("GET", question).json()["answer_count"]

    assert (statuses, count) == ({201}, 160)


def mount(*words: str) -> None:
    """Mount something, where we are allowed to."""
    done = subprocess.run(["mount", *words], check=False, capture_output=True)  # noqa: S603, S607
    if done.returncode:
        pytest.skip("LEFT OUT: only root may mount file systems.")


@contextmanager
def mounted(place: Path, *words: str) -> Iterator[None]:
    """Mount something at that place, until the end of the block."""
    mount(*words, str(place))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S603, S607


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Make a disk of two megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        yield disk


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Fill a disk to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        free = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_bsize)
    yield
    ballast.unlink()


def test_a_full_disk_stops_who_writes_and_nobody_who_reads(
    spare: Installation, small_disk: Path
) -> None:
    """Z14."""
    database = SQLite(small_disk)
    spare.say(DATABASE_URL=database.address.render_as_string())
    spare.flask("db", "upgrade")
    with spare.serve() as server:
        client = Client(server)
        before = client.ask()
        with filled(small_disk):
            during = (client.ask(), client.read(), client.read("/"))

        assert (before, during, client.ask()) == (201, (503, 200, 200), 201)
        assert client.complaints() == []
    with database.connected() as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@contextmanager
def read_only(file: Path) -> Iterator[None]:
    """Let nobody write to a file; its mode would not stop root."""
    if os.geteuid() == 0:
        with mounted(file, "--bind", "-o", "ro", str(file)):
            yield
        return
    file.chmod(0o400)
    yield
    file.chmod(0o600)


def test_a_file_that_is_read_only_is_read_and_named(
    installation: Installation, database: SQLite, client: Client
) -> None:
    """Z15."""
    with read_only(database.file), installation.serve() as server:
        visitor = client.at(server)
        during = (visitor.ask(), visitor.read(), visitor.read("/"), visitor.read("/readyz"))
        named = f"{database.file} is read-only" in server.log()

    assert (during, named) == ((503, 200, 200, 200), True)


def test_a_file_that_is_no_longer_read_only_is_written_without_a_new_start(
    installation: Installation, database: SQLite, client: Client
) -> None:
    """Z15."""
    with installation.serve() as server:
        visitor = client.at(server)
        with read_only(database.file):
            during = {visitor.ask() for _ in range(8)}
        wait_until(lambda: {visitor.ask() for _ in range(8)} == {201})

        assert during == {503}
        assert visitor.complaints() == []
