"""Workers run the jobs that are due until they are stopped, and survive outages of the database."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from service.extensions import db
from service.jobs.leases import finish_job, take_jobs
from service.jobs.registry import register_job
from service.worker.worker import Worker, release_jobs
from tests.conftest import Log
from tests.jobs.fixtures import NOW, Queue
from tests.jobs.running import LEASE


@pytest.fixture
def worker(queue: Queue) -> Worker:
    """Return a worker of the application."""
    return Worker(queue.app, LEASE)


def test_stopped_worker_finishes_only_the_current_job(queue: Queue, worker: Worker) -> None:
    queue.register_and_enqueue(worker.stop)
    queue.enqueue(queue.record)

    worker.run()
    stopped_calls = list(queue.calls)
    Worker(queue.app, LEASE).run_due_jobs()

    assert (stopped_calls, queue.calls) == ([], [{}])


@pytest.mark.slow
def test_worker_continues_after_an_outage(queue: Queue, worker: Worker, log: Log) -> None:
    register_job(queue.app, worker.stop)
    queue.enqueue(queue.record)
    queue.enqueue(worker.stop)
    with queue.app.app_context():
        engine = db.engine
    error: Any = engine.dialect.loaded_dbapi.OperationalError

    def interrupt(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "finished_at" in statement and "UPDATE" in statement:
            event.remove(engine, "before_cursor_execute", interrupt)
            event.listen(engine, "before_cursor_execute", refuse)

    def refuse(*_arguments: object) -> None:
        if "database_unavailable" not in [entry["event"] for entry in log()]:
            raise OperationalError("SELECT", {}, error("no response"))

    event.listen(engine, "before_cursor_execute", interrupt)
    worker.run()

    # The first attempt could not be recorded.
    assert queue.calls == [{}, {}]
    events = [entry["event"] for entry in log()]
    assert events == ["job_failed", "database_unavailable", "job_finished", "job_finished"]


@pytest.mark.slow
def test_two_workers_run_each_job_once(queue: Queue) -> None:
    for number in range(100):
        queue.enqueue(queue.record, number=number)
    workers = [Worker(queue.app, LEASE) for _ in range(2)]

    with ThreadPoolExecutor() as threads:
        list(threads.map(Worker.run_due_jobs, workers))

    assert sorted(call["number"] for call in queue.calls) == list(range(100))


def test_released_job_is_due_at_once_and_has_no_attempt_more(queue: Queue) -> None:
    queue.enqueue(queue.record, due_at=NOW)
    with queue.app.app_context():
        release_jobs(take_jobs(NOW, LEASE, 1), NOW)

        [job] = take_jobs(NOW, LEASE, 1)

    assert job.attempts == 1


def test_finished_job_is_not_released(queue: Queue) -> None:
    queue.enqueue(queue.record, due_at=NOW)
    with queue.app.app_context():
        [leased] = take_jobs(NOW, LEASE, 1)
        finish_job(leased, NOW)
        release_jobs([leased], NOW)

        assert take_jobs(NOW, LEASE, 1) == []
