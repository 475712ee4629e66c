"""Run background jobs in the process of the tests."""

from datetime import timedelta

from flask import Flask

from service.database.columns import now
from service.jobs.execution import run_job
from service.jobs.leases import take_jobs
from service.jobs.recurring import enqueue_recurring, recurring_jobs

LEASE = timedelta(minutes=5)


def run_due_jobs(app: Flask) -> None:
    """Run the jobs that are due, and the recurring ones, as a worker does."""
    with app.app_context():
        enqueue_recurring(recurring_jobs(now()))
    while run_next_job(app):
        pass


def run_next_job(app: Flask) -> bool:
    """Run the job that has been due for the longest time; return `False` if none is due."""
    with app.app_context():
        jobs = take_jobs(now(), LEASE, 1)
        for job in jobs:
            run_job(job)
    return bool(jobs)
