"""The backlog of jobs, for the `doctor` command and the metrics."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Config
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.database.columns import now
from service.database.engine import remove_db_session
from service.extensions import db
from service.jobs.leases import IS_DEAD
from service.jobs.models import Job

MAX_WAIT = timedelta(minutes=5)
WORKER = "flask --app service work"  # [template] if not celery
WORKER = "celery --app service.make_celery worker (and beat)"  # [template] if celery


@dataclass(frozen=True)
class Backlog:
    """How many jobs are not done, how long the oldest due job has waited, how many are dead."""

    queued: int
    wait: timedelta
    dead: int


def read_backlog(at: datetime) -> Backlog:
    """Count the jobs. A job that a worker runs is queued until it is done."""
    queued = db.session.scalar(select(func.count()).where(Job.due_at.is_not(None)))
    oldest = db.session.scalar(select(func.min(Job.due_at)))
    dead = db.session.scalar(select(func.count()).where(IS_DEAD))
    return Backlog(queued or 0, max(timedelta(0), at - (oldest or at)), dead or 0)


def check_backlog(_config: Config) -> Iterator[str]:
    """Yield a problem if jobs have waited for a worker, or have failed in all attempts."""
    try:
        backlog = read_backlog(now())
    except SQLAlchemyError:
        # The checks of the database report it.
        remove_db_session()
        return
    if backlog.wait > MAX_WAIT:
        minutes = backlog.wait // timedelta(minutes=1)
        yield (
            f"Queued jobs: {backlog.queued}. The oldest one has waited for {minutes} minutes. "
            f"Start a worker, or another one: {WORKER}"
        )
    if backlog.dead:
        last = select(Job.name, Job.error).where(IS_DEAD).order_by(Job.failed_at.desc()).limit(1)
        [(name, error)] = db.session.execute(last)
        yield (
            f"Jobs that failed in all attempts: {backlog.dead}. The last one, {name}: {error}. "
            "Fix the cause, and run: flask --app service retry-jobs"
        )
