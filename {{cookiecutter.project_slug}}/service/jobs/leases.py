"""Take, finish and retry jobs. A worker that takes a job has a lease, which ends at a set time.

When a worker is killed, its leases end, and other workers take its jobs. The worker that had the
lease before can no longer change the job: each statement compares the end of its lease.

Functions take the current time as an argument, and commit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from service.extensions import db
from service.jobs.models import MAX_ERROR_LENGTH, Job

MAX_ATTEMPTS = 12
FIRST_RETRY_DELAY = timedelta(seconds=10)
MAX_RETRY_DELAY = timedelta(hours=1)
# The job has failed in all attempts.
IS_DEAD = and_(Job.due_at.is_(None), Job.finished_at.is_(None))


class LeaseLostError(Exception):
    """The lease has ended, and another worker has taken the job."""


@dataclass(frozen=True)
class LeasedJob:
    """A job that this worker may run until `leased_until`."""

    id: int
    name: str
    arguments: dict[str, Any]
    # Including this one.
    attempts: int
    leased_until: datetime


def take_jobs(
    at: datetime, lease: timedelta, limit: int, *, is_attempt: bool = True
) -> list[LeasedJob]:
    """Take up to `limit` jobs that are due, the longest overdue first.

    Concurrent calls take different jobs, without waiting for each other. With `is_attempt=False`,
    this does not count as an attempt to run them.
    """
    attempt = int(is_attempt)
    due = (
        select(Job.id, Job.name, Job.arguments, Job.attempts)
        .where(Job.due_at <= at)
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(due).all()
    if rows:
        ids = [row.id for row in rows]
        taken = update(Job).where(Job.id.in_(ids))
        values = {"due_at": at + lease, "attempts": Job.attempts + attempt}
        db.session.connection().execute(taken.values(values))
    db.session.commit()
    return [
        LeasedJob(id_, name, args, past + attempt, at + lease) for id_, name, args, past in rows
    ]


def finish_job(job: LeasedJob, at: datetime) -> None:
    """Mark a job as finished, in the transaction in which the job has used `db.session`.

    Its arguments are deleted, because they may be personal data. If the lease was lost, everything
    is rolled back and `LeaseLostError` is raised.
    """
    finished = update(Job).where(is_leased(job))
    finished = finished.values(due_at=None, finished_at=at, arguments={})
    if db.session.connection().execute(finished).rowcount != 1:
        db.session.rollback()
        raise LeaseLostError
    db.session.commit()


def fail_job(job: LeasedJob, error: str, at: datetime, retry_at: datetime | None) -> None:
    """Record that an attempt failed; with `None` for `retry_at`, there is no further attempt."""
    failed = update(Job).where(is_leased(job))
    values = {"due_at": retry_at, "failed_at": at, "error": error[:MAX_ERROR_LENGTH]}
    db.session.execute(failed.values(values))
    db.session.commit()


def next_attempt(job: LeasedJob, at: datetime, jitter: float) -> datetime | None:
    """Return when to retry a job that failed, or `None` after the last attempt.

    The delay is between zero and a maximum that doubles with each attempt; `jitter`, from 0 to 1,
    selects it. So jobs that failed together are not all retried together (AWS Architecture Blog,
    "Exponential Backoff And Jitter", "full jitter").
    """
    if job.attempts >= MAX_ATTEMPTS:
        return None
    longest = min(MAX_RETRY_DELAY, FIRST_RETRY_DELAY * 2 ** (job.attempts - 1))
    return at + longest * jitter


def retry_dead_jobs(at: datetime) -> int:
    """Make the jobs that failed in all attempts due again; return their number."""
    retried = update(Job).where(IS_DEAD).values(due_at=at, attempts=0)
    number = db.session.connection().execute(retried).rowcount
    db.session.commit()
    return number


def is_leased(job: LeasedJob) -> ColumnElement[bool]:
    """Return the condition that no other worker has taken the job since."""
    return and_(Job.id == job.id, Job.due_at == job.leased_until)
