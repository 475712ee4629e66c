"""Run a job that was taken, and record how it ended."""

from collections.abc import Callable
from random import random
from time import perf_counter

import structlog
from flask import current_app

from service.database.columns import now
from service.database.engine import remove_db_session
from service.jobs.leases import (
    MAX_ATTEMPTS,
    LeasedJob,
    LeaseLostError,
    fail_job,
    finish_job,
    next_attempt,
)
from service.jobs.registry import find_job

log = structlog.get_logger()

# Called with the name of a job, how it ended, and the seconds that it took.
JobObserver = Callable[[str, str, float], None]


class AbandonedJobError(Exception):
    """No attempt has ended: each time the worker was killed, or the lease was too short."""


def run_job(job: LeasedJob) -> None:
    """Run a job, and record how it ended. Raises only database errors of the recording."""
    started = perf_counter()
    with structlog.contextvars.bound_contextvars(job=job.name, job_id=job.id):
        result = "failed"
        try:
            call_function(job)
            finish_job(job, now())
            result = "finished"
            log.info("job_finished", milliseconds=round((perf_counter() - started) * 1000, 1))
        except LeaseLostError:
            log.warning("job_lease_lost")
        except Exception as error:
            remove_db_session()
            record_failure(job, error)
        finally:
            observe_job(job.name, result, perf_counter() - started)


def observe_job(name: str, result: str, seconds: float) -> None:
    """Call the observers of the application, such as the metrics."""
    observers: list[JobObserver] = current_app.extensions["job_observers"]
    for observe in observers:
        observe(name, result, seconds)


def call_function(job: LeasedJob) -> None:
    """Call the function of a job. Raises what the function raises, or why it cannot be called."""
    if job.attempts > MAX_ATTEMPTS:
        raise AbandonedJobError("in each attempt, the worker was killed or the lease ended")
    find_job(job.name)(**job.arguments)


def record_failure(job: LeasedJob, error: Exception) -> None:
    """Log that an attempt failed, and set when the next one is due."""
    at = now()
    retry_at = next_attempt(job, at, random())  # noqa: S311  # Not a secret.
    if retry_at:
        log.warning("job_failed", attempt=job.attempts, exc_info=error)
    else:
        log.error("job_dead", attempt=job.attempts, exc_info=error)
    fail_job(job, f"{type(error).__name__}: {error}", at, retry_at)
