"""The tasks hand jobs to the broker, and run those whose message is not outdated."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from service.celery_jobs import tasks
from service.database.columns import now
from service.extensions import db
from service.jobs.leases import take_jobs
from service.jobs.models import Job
from service.jobs.registry import register_job
from tests.conftest import Log
from tests.jobs.fixtures import NOW, Queue
from tests.jobs.running import LEASE
from tests.servers import free_port

Call = Callable[..., None]


@pytest.fixture
def celery(queue: Queue) -> Celery:
    """Return the Celery application of the queue, which runs tasks at once."""
    celery: Celery = queue.app.extensions["celery"]
    celery.conf.update(task_always_eager=True)
    # Other tests have created other applications.
    celery.set_default()
    return celery


@pytest.fixture
def relay(celery: Celery) -> Call:
    """Return the task `relay_jobs`."""
    task: Call = celery.tasks[tasks.relay_jobs.name]
    return task


@pytest.fixture
def run(celery: Celery) -> Call:
    """Return the task `run_job`."""
    task: Call = celery.tasks[tasks.run_job.name]
    return task


def hand_over(app: Flask) -> tuple[int, int]:
    """Take a job without an attempt; return the arguments of the task that runs it."""
    with app.app_context():
        [job] = take_jobs(now(), LEASE, 1, is_attempt=False)
    return job.id, int(job.leased_until.timestamp())


def test_due_jobs_are_handed_over_and_run(queue: Queue, relay: Call) -> None:
    queue.enqueue(queue.record, number=1)
    queue.enqueue(queue.record, due_at=NOW, number=2)

    relay()

    jobs = [(job.attempts, job.finished_at is None) for job in queue.jobs()]
    assert (queue.calls, jobs) == ([{"number": 1}], [(1, False), (0, True)])


def test_recurring_job_is_enqueued_by_the_relay(queue: Queue, relay: Call) -> None:
    def recur() -> None:
        queue.calls.append({})

    register_job(queue.app, recur, every=timedelta(days=1))

    for _ in range(3):
        relay()

    assert queue.calls == [{}]


def test_handing_over_is_not_an_attempt(queue: Queue, run: Call) -> None:
    queue.enqueue(queue.record)
    for _ in range(20):
        message = hand_over(queue.app)
        with queue.app.app_context():
            db.session.execute(update(Job).values(due_at=now()))
            db.session.commit()
    message = hand_over(queue.app)

    run(*message)

    [job] = queue.jobs()
    assert (job.attempts, queue.calls) == (1, [{}])


def test_message_that_arrives_twice_is_run_once(queue: Queue, run: Call) -> None:
    queue.enqueue(queue.record)
    message = hand_over(queue.app)

    run(*message)
    run(*message)

    assert queue.calls == [{}]


def test_message_of_a_job_that_was_handed_over_again_is_ignored(queue: Queue, run: Call) -> None:
    queue.enqueue(queue.record)
    job_id, handed_until = hand_over(queue.app)

    run(job_id, handed_until - 1)

    assert queue.calls == []


def test_message_of_a_deleted_job_is_ignored(queue: Queue, run: Call) -> None:
    run(7_777, 1)

    assert queue.calls == []


@pytest.mark.slow
def test_broker_outage_is_logged_and_the_job_stays(
    queue: Queue, celery: Celery, relay: Call, log: Log
) -> None:
    celery.conf.update(
        broker_url=f"redis://127.0.0.1:{free_port()}",
        task_always_eager=False,
        task_publish_retry=False,
    )
    queue.enqueue(queue.record)

    relay()

    assert [entry["event"] for entry in log()] == ["broker_unavailable"]
    [job] = queue.jobs()
    assert (job.attempts, job.finished_at) == (0, None)
    assert job.due_at


def test_database_outage_is_logged(
    queue: Queue, relay: Call, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    with queue.app.app_context():
        engine = db.engine
    error: Any = engine.dialect.loaded_dbapi.OperationalError

    def refuse(*_arguments: object) -> None:
        raise OperationalError("SELECT a_secret", {}, error("no response"))

    monkeypatch.setattr(engine, "connect", refuse)

    relay()

    assert [entry["event"] for entry in log()] == ["database_unavailable"]
