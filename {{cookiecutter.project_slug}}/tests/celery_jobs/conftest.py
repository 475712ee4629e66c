"""Fixtures: a Redis server, processes of Celery, and an application that enqueues their jobs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from service.config.settings import ROOT, SKIP_DOTENV
from service.extensions import db
from service.jobs.outbox import enqueue
from service.jobs.registry import JobFunction
from tests.celery_jobs.jobs import register_test_jobs
from tests.chaos.redis_server import Redis
from tests.servers import wait_until, with_parent_death_signal

LEASE_SECONDS = 5
APP = "tests.celery_jobs.worker_app"

StartCelery = Callable[..., "subprocess.Popen[bytes]"]


class Jobs:
    """Enqueues jobs that write to a file."""

    def __init__(self, app: Flask, folder: Path) -> None:
        """Register the jobs."""
        self.app = app
        self.file = folder / "lines"
        self.recurring_file = folder / "recurring"
        register_test_jobs(app, str(self.recurring_file))

    def enqueue(self, function: JobFunction) -> None:
        """Enqueue a job in a transaction of its own, and commit."""
        with self.app.app_context():
            enqueue(function, file=str(self.file))
            db.session.commit()

    def lines(self) -> list[str]:
        """Return the lines that the jobs have written."""
        return self.file.read_text("utf-8").split() if self.file.exists() else []

    def wait_for(self, *lines: str) -> None:
        """Wait until the jobs have written at least these lines."""
        wait_until(lambda: self.lines()[: len(lines)] == list(lines))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Redis]:
    """Yield a running Redis server."""
    redis = Redis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


@pytest.fixture
def jobs(make_app: Callable[..., Flask], broker: Redis, tmp_path: Path) -> Jobs:
    """Return the jobs of an application that uses the Redis server."""
    return Jobs(make_app(CELERY_BROKER_URL=broker.url), tmp_path)


@pytest.fixture
def start_celery(
    settings: Mapping[str, str], broker: Redis, jobs: Jobs, tmp_path: Path
) -> Iterator[StartCelery]:
    """Yield a function that starts a worker or Celery Beat; they are killed after the test."""
    environment = {
        **os.environ,
        **settings,
        SKIP_DOTENV: "1",
        "APP_ENV": "development",
        "CELERY_BROKER_URL": broker.url,
        "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
        "LOG_FORMAT": "json",
        "RECURRING_FILE": str(jobs.recurring_file),
    }
    with ExitStack() as processes, (tmp_path / "celery.log").open("ab") as log:

        def start(role: str, **changes: str) -> "subprocess.Popen[bytes]":
            command = [sys.executable, "-m", "celery", "--app", APP, role]
            process = subprocess.Popen(  # noqa: S603  # The arguments are constants.
                with_parent_death_signal(command),
                cwd=ROOT,
                env={**environment, **changes},
                stdout=log,
                stderr=log,
            )
            processes.callback(process.wait)
            processes.callback(process.kill)
            return process

        yield start
