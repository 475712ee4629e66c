"""A job that was handed to the broker is taken by the worker that receives its message."""

from datetime import datetime, timedelta

from sqlalchemy import update

from service.extensions import db
from service.jobs.leases import LeasedJob
from service.jobs.models import Job


def begin_job(
    job_id: int, handed_until: datetime, at: datetime, lease: timedelta
) -> LeasedJob | None:
    """Take a job that waits in the broker until `handed_until`; this begins its lease.

    Returns `None` if the message is outdated: it was in the broker for too long, or twice. Commits.
    """
    taken = update(Job).where(Job.id == job_id, Job.due_at == handed_until)
    values = {"due_at": at + lease, "attempts": Job.attempts + 1}
    rows = db.session.connection().execute(taken.values(values)).rowcount
    job = db.session.get_one(Job, job_id) if rows == 1 else None
    db.session.commit()
    return job and LeasedJob(job.id, job.name, job.arguments, job.attempts, at + lease)
