"""Recurring jobs: workers enqueue each of them once in each period."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from service.database.columns import now
from service.extensions import db
from service.jobs.models import Job
from service.jobs.outbox import enqueue
from service.jobs.registry import JobFunction, registered_jobs

KEEP_FINISHED_JOBS = timedelta(days=7)
BATCH_SIZE = 1_000


def recurring_jobs(at: datetime) -> dict[str, JobFunction]:
    """Return the recurring jobs by their idempotency keys of the current period.

    Periods are counted from 1970 on, so every worker has the same keys.
    """
    return {
        f"{name} {int(at.timestamp() // job.every.total_seconds())}": job.function
        for name, job in registered_jobs().items()
        if job.every
    }


def enqueue_recurring(jobs: Mapping[str, JobFunction]) -> None:
    """Enqueue recurring jobs that no worker has enqueued in this period, and commit."""
    for key, function in jobs.items():
        enqueue(function, key=key)
    db.session.commit()


def purge_jobs() -> None:
    """Delete jobs that finished more than seven days ago. Commits after each batch.

    The jobs of the current period are kept, however long it is: their keys prevent a repetition.
    """
    at = now()
    current = or_(Job.key.is_(None), Job.key.not_in(list(recurring_jobs(at))))
    old = select(Job.id).where(Job.finished_at < at - KEEP_FINISHED_JOBS, current)
    while ids := db.session.scalars(old.limit(BATCH_SIZE)).all():
        db.session.execute(delete(Job).where(Job.id.in_(ids)))
        db.session.commit()
