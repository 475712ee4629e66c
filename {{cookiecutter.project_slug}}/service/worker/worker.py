"""The worker: takes jobs in small batches and runs them, one after the other."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic, sleep

import structlog
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from service.database.columns import now
from service.database.engine import database_error_reason
from service.extensions import db
from service.jobs.execution import run_job
from service.jobs.leases import LeasedJob, is_leased, take_jobs
from service.jobs.models import Job
from service.jobs.recurring import enqueue_recurring, recurring_jobs
from service.jobs.registry import JobFunction

log = structlog.get_logger()

BATCH_SIZE = 10
# After this time, a worker returns the jobs of its batch that it has not begun. Otherwise they
# would wait for slow jobs before them, and their leases could end.
BATCH_SECONDS = 1
POLL_SECONDS = 1
MAX_OUTAGE_PAUSE_SECONDS = 30


class Worker:
    """Runs due jobs until `stop` is called. Several workers may run at the same time."""

    def __init__(self, app: Flask, lease: timedelta) -> None:
        """Set the application, and the duration of a lease."""
        self.app = app
        self.lease = lease
        self.is_stopping = False
        # The jobs of the batch that have not ended.
        self.batch: deque[LeasedJob] = deque()
        self.recurring: dict[str, JobFunction] = {}

    def stop(self, *_arguments: object) -> None:
        """Make `run` end after the current job. Usable as a signal handler."""
        self.is_stopping = True

    def run(self) -> None:
        """Run jobs until `stop` is called. During an outage of the database, wait and try again."""
        outages = 0
        while not self.is_stopping:
            try:
                self.run_due_jobs()
                outages = 0
            except SQLAlchemyError as error:
                outages += 1
                with self.app.app_context():
                    reason = database_error_reason(error)
                log.error("database_unavailable", reason=reason)  # noqa: TRY400  # Expected.
            self.pause(min(POLL_SECONDS * 2**outages, MAX_OUTAGE_PAUSE_SECONDS))

    def pause(self, seconds: float) -> None:
        """Wait; less than a second after `stop`, return."""
        end = monotonic() + seconds
        while not self.is_stopping and (remaining := end - monotonic()) > 0:
            sleep(min(remaining, 1))

    def run_due_jobs(self) -> None:
        """Run jobs until none is due or `stop` is called."""
        self.release_batch()
        self.enqueue_recurring_jobs()
        while not self.is_stopping and self.run_batch():
            pass

    def enqueue_recurring_jobs(self) -> None:
        """Enqueue the recurring jobs once in each of their periods."""
        with self.app.app_context():
            recurring = recurring_jobs(now())
            if recurring != self.recurring:
                enqueue_recurring(recurring)
        self.recurring = recurring

    def run_batch(self) -> bool:
        """Take jobs and run them; return `False` if none is due."""
        started = monotonic()
        with self.app.app_context():
            self.batch.extend(take_jobs(now(), self.lease, BATCH_SIZE))
        if not self.batch:
            return False
        while self.batch and not self.is_stopping and monotonic() - started < BATCH_SECONDS:
            # A job stays in the batch during an outage, and is released after it.
            with self.app.app_context():
                run_job(self.batch[0])
            self.batch.popleft()
        self.release_batch()
        return True

    def release_batch(self) -> None:
        """Return the jobs that have not ended, for example those of a batch before an outage."""
        if self.batch:
            with self.app.app_context():
                release_jobs(self.batch, now())
            self.batch.clear()


def release_jobs(jobs: Sequence[LeasedJob], at: datetime) -> None:
    """Return jobs that were taken but not run, so that any worker can take them at once."""
    for job in jobs:
        released = update(Job).where(is_leased(job))
        db.session.execute(released.values(due_at=at, attempts=Job.attempts - 1))
    db.session.commit()
