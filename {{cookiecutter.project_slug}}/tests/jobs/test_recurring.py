"""Recurring jobs are enqueued once in each period, and old jobs are deleted."""

from datetime import timedelta

import pytest

from service.database.columns import now
from service.extensions import db
from service.jobs.models import Job
from service.jobs.recurring import enqueue_recurring, purge_jobs, recurring_jobs
from service.jobs.registry import register_job
from tests.jobs.fixtures import NOW, Queue

DAY = timedelta(days=1)


def write_report() -> None:
    """Do nothing."""


@pytest.fixture
def _monthly_job(queue: Queue) -> None:
    register_job(queue.app, write_report, every=timedelta(days=30))


@pytest.mark.usefixtures("app_context", "_monthly_job")
def test_job_is_enqueued_once_in_each_period(queue: Queue) -> None:
    for days in (0, 1, 29, 30, 31):
        enqueue_recurring(recurring_jobs(NOW + days * DAY))

    assert [job.name for job in queue.jobs()] == ["write_report"] * 2


@pytest.mark.usefixtures("app_context", "_monthly_job")
def test_old_jobs_are_deleted_except_those_of_the_current_period(queue: Queue) -> None:
    at = now()
    enqueue_recurring(recurring_jobs(at))
    [current] = queue.jobs()
    current.finished_at, current.due_at = at - 20 * DAY, None
    db.session.add(current)
    for name, finished_at in [("old", at - 8 * DAY), ("recent", at - 6 * DAY), ("dead", None)]:
        db.session.add(Job(name=name, arguments={}, key=name, finished_at=finished_at))
    db.session.add(Job(name="old", arguments={}, finished_at=at - 8 * DAY))
    db.session.commit()

    purge_jobs()
    db.session.commit()

    assert [job.name for job in queue.jobs()] == ["write_report", "recent", "dead"]
