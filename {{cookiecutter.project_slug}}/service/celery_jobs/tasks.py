"""The tasks of Celery. A message contains the id of a job; the table says if the job must run.

So nothing is lost with the broker: a job whose message is lost is handed over again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from celery import shared_task
from flask import current_app
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from service.celery_jobs.handover import begin_job
from service.database.columns import now
from service.database.engine import database_error_reason
from service.jobs import execution
from service.jobs.leases import take_jobs
from service.jobs.recurring import enqueue_recurring, recurring_jobs

log = structlog.get_logger()

RELAY_LIMIT = 1_000


@shared_task
def relay_jobs() -> None:
    """Enqueue the recurring jobs, and hand the jobs that are due to the broker."""
    with logged_outages():
        at = now()
        enqueue_recurring(recurring_jobs(at))
        for job in take_jobs(at, lease(), RELAY_LIMIT, is_attempt=False):
            run_job.delay(job.id, int(job.leased_until.timestamp()))


@shared_task
def run_job(job_id: int, handed_until: int) -> None:
    """Run a job, unless the message is outdated."""
    with logged_outages():
        job = begin_job(job_id, datetime.fromtimestamp(handed_until, UTC), now(), lease())
        if job:
            execution.run_job(job)


def lease() -> timedelta:
    """Return how long a job may wait in the broker, and how long it may run."""
    return timedelta(seconds=current_app.config["JOB_LEASE_SECONDS"])


@contextmanager
def logged_outages() -> Iterator[None]:
    """Log that the database or the broker is unavailable; the leases of the jobs will end."""
    try:
        yield
    except SQLAlchemyError as error:
        log.error(  # noqa: TRY400  # Expected.
            "database_unavailable", reason=database_error_reason(error)
        )
    except BrokerError:
        log.error("broker_unavailable")  # noqa: TRY400  # Expected.
