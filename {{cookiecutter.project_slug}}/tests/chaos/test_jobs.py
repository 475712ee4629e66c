"""Workers, web processes and the database server are killed while jobs are enqueued and run."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, cycle, islice
from threading import Event

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.pool import NullPool

from service.accounts.models import Throttle
from service.jobs.models import Job
from tests.chaos.conftest import Database
from tests.chaos.installation import Installation, environment_without_settings
from tests.servers import Server, wait_until, with_parent_death_signal

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

KILLS = int(os.environ.get("CHAOS_KILLS", "6"))
WEB_PROCESSES = 2
WORKERS = 2
CLIENTS = 2
JOBS_PER_KILL = 100
LEASE_SECONDS = 5
APP = "tests.chaos.jobs_app:jobs_app()"
# On a slow machine, a request may wait long for the write lock.
SETTINGS = {"DB_STATEMENT_TIMEOUT_SECONDS": "30"}


class Workers:
    """Processes that run jobs."""

    def __init__(self, installation: Installation) -> None:
        """Start the workers."""
        self.installation = installation
        self.processes = [self.start() for _ in range(WORKERS)]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a worker."""
        command = [sys.executable, "-m", "flask", "--app", APP, "work", f"--lease={LEASE_SECONDS}"]
        with (self.installation.root / "worker.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # The arguments are constants.
                with_parent_death_signal(command),
                cwd=self.installation.root,
                env={**environment_without_settings(), **SETTINGS},
                stdout=log,
                stderr=log,
            )

    def kill_oldest(self) -> None:
        """Kill the worker that has run for the longest time, and start another one."""
        oldest = self.processes.pop(0)
        oldest.kill()
        oldest.wait()
        self.processes.append(self.start())

    def stop(self) -> list[int]:
        """Stop the workers, and return their exit statuses."""
        for process in self.processes:
            process.terminate()
        return [process.wait() for process in self.processes]


@contextmanager
def enqueued_jobs(server: Server) -> Iterator[list[int]]:
    """Enqueue jobs during the block; yield the list of the numbers that were acknowledged."""
    acknowledged: list[int] = []
    numbers, is_over = count(), Event()

    def enqueue_repeatedly() -> None:
        while not is_over.is_set():
            number = next(numbers)
            if server.get(f"/count/{number}")[0] == 200:
                acknowledged.append(number)

    with ThreadPoolExecutor(CLIENTS) as threads:
        for _ in range(CLIENTS):
            threads.submit(enqueue_repeatedly)
        try:
            yield acknowledged
        finally:
            is_over.set()


def kill_repeatedly(database: Database, server: Server, workers: Workers, jobs: list[int]) -> None:
    """Kill the workers, the web processes and the database in turn, each after some more jobs."""

    def kill_web_process() -> None:
        os.kill(server.workers()[-1], signal.SIGKILL)

    def kill_database() -> None:
        database.kill()
        database.start()

    for kill in islice(cycle([workers.kill_oldest, kill_web_process, kill_database]), KILLS):
        wait_for_jobs(jobs)
        kill()


def wait_for_jobs(jobs: list[int]) -> None:
    """Wait until further jobs have been enqueued."""
    target = len(jobs) + JOBS_PER_KILL
    wait_until(lambda: len(jobs) >= target)


def count_queued(database: Database) -> int:
    """Return the number of jobs that are not done."""
    with create_engine(database.url, poolclass=NullPool).connect() as connection:
        queued = select(func.count()).select_from(Job).where(Job.finished_at.is_(None))
        return connection.scalar(queued) or 0


def wait_until_done(database: Database) -> None:
    """Wait until no job is queued; those of the last killed worker wait until its leases end.

    There may be many jobs for a slow machine, so the time limit is for each decrease.
    """
    while queued := count_queued(database):
        wait_for_fewer_jobs(database, queued)


def wait_for_fewer_jobs(database: Database, queued: int) -> None:
    """Wait until fewer jobs are queued than before."""
    wait_until(lambda: count_queued(database) < queued)


def test_no_job_is_lost_when_processes_are_killed(
    installation_copy: Installation, database: Database
) -> None:
    options = [f"--workers={WEB_PROCESSES}"]
    with installation_copy.serve(*options, app=APP, **SETTINGS) as server:
        workers = Workers(installation_copy)
        with enqueued_jobs(server) as jobs:
            kill_repeatedly(database, server, workers, jobs)
        wait_until_done(database)
        statuses = workers.stop()

    runs = Counter(map(int, (installation_copy.root / "runs").read_text("ascii").split()))
    with create_engine(database.url, poolclass=NullPool).connect() as connection:
        counted = dict(connection.execute(select(Throttle.key, Throttle.attempts)).all())
    assert statuses == [0] * WORKERS
    assert set(jobs) <= set(runs)
    # In the database, each run has taken effect once.
    assert {counted[str(number)] for number in runs} == {1}
    # A kill can repeat a job that was running.
    assert runs.total() - len(runs) <= len(jobs) / 100
