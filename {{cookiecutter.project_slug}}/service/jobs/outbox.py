"""Enqueue background jobs in the transaction of the caller (the transactional outbox pattern).

If the transaction is rolled back, there is no job. If it is committed, a worker runs the job, even
if the process that enqueued it has ended.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service.database.columns import now
from service.extensions import db
from service.jobs.models import Job
from service.jobs.registry import JobFunction, UnregisteredJobError, find_job


def enqueue(
    function: JobFunction,
    *,
    key: str | None = None,
    due_at: datetime | None = None,
    **arguments: Any,
) -> None:
    """Add a job that calls a registered function; does not commit.

    `due_at` is when it may run, by default at once. With the idempotency key of an earlier job, no
    job is added; a key is known until `purge_jobs` deletes the earlier job. Raises
    `UnregisteredJobError`, and `TypeError` if an argument is not a JSON value.
    """
    name = function.__name__
    if find_job(name) != function:
        raise UnregisteredJobError(name)
    # Otherwise the commit of the caller would raise the `TypeError`.
    json.dumps(arguments)
    job = Job(name=name, arguments=arguments, key=key, due_at=due_at or now())
    if key is None:
        db.session.add(job)
    elif db.session.scalar(select(Job.id).where(Job.key == key)) is None:
        add_unless_concurrent(job)


def add_unless_concurrent(job: Job) -> None:
    """Insert a job, unless a concurrent transaction has inserted one with the same key."""
    # An error of what the caller has added is not an error of the job.
    db.session.flush()
    savepoint = db.session.begin_nested()
    try:
        db.session.add(job)
        db.session.flush()
    except IntegrityError:
        savepoint.rollback()
    else:
        savepoint.commit()
