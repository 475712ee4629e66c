"""Each job is called and finished, or fails and is retried."""

from typing import NoReturn

from flask import Flask
from sqlalchemy import update

from service.extensions import db
from service.jobs.leases import MAX_ATTEMPTS
from service.jobs.models import Job
from tests.conftest import Log
from tests.jobs.fixtures import NOW, Queue
from tests.jobs.running import run_due_jobs, run_next_job


def fail(message: str) -> NoReturn:
    """Write to the database, and fail."""
    db.session.add(Job(name="written by the job", arguments={}))
    db.session.flush()
    raise ValueError(message)


def write() -> None:
    """Write to the database, and leave the commit to the worker."""
    db.session.add(Job(name="written by the job", arguments={}))


def set_attempts(app: Flask, attempts: int) -> None:
    """Set how often the jobs have been taken."""
    with app.app_context():
        db.session.execute(update(Job).values(attempts=attempts))
        db.session.commit()


def test_job_is_called_and_finished(queue: Queue, log: Log) -> None:
    queue.enqueue(queue.record, number=1)

    run_due_jobs(queue.app)

    [job], [entry] = queue.jobs(), log()
    assert (queue.calls, job.due_at) == ([{"number": 1}], None)
    assert job.finished_at
    assert (entry["event"], entry["job"], entry["job_id"]) == ("job_finished", "record", job.id)


def test_job_that_is_not_due_is_not_called(queue: Queue) -> None:
    queue.enqueue(queue.record, due_at=NOW)

    run_due_jobs(queue.app)

    assert queue.calls == []


def test_what_a_job_has_written_is_committed(queue: Queue) -> None:
    queue.register_and_enqueue(write)

    run_due_jobs(queue.app)

    assert [job.name for job in queue.jobs()] == ["write", "written by the job"]


def test_failed_job_is_rolled_back_and_retried(queue: Queue, log: Log) -> None:
    queue.register_and_enqueue(fail, message="no route to host")
    run_next_job(queue.app)

    [job], [entry] = queue.jobs(), log()
    assert (job.error, job.attempts) == ("ValueError: no route to host", 1)
    assert job.failed_at
    assert job.due_at
    assert (entry["event"], entry["level"], entry["job"]) == ("job_failed", "warning", "fail")
    assert "Traceback" in entry["exception"]


def test_job_is_dead_after_its_last_attempt(queue: Queue, log: Log) -> None:
    queue.register_and_enqueue(fail, message="no route to host")
    set_attempts(queue.app, MAX_ATTEMPTS - 1)

    run_due_jobs(queue.app)

    [job], [entry] = queue.jobs(), log()
    assert (job.due_at, job.finished_at, job.error) == (None, None, "ValueError: no route to host")
    assert (entry["event"], entry["level"]) == ("job_dead", "error")


def test_job_that_killed_its_workers_is_dead(queue: Queue) -> None:
    queue.enqueue(queue.record)
    set_attempts(queue.app, MAX_ATTEMPTS)

    run_due_jobs(queue.app)

    [job] = queue.jobs()
    assert (queue.calls, job.due_at, job.finished_at) == ([], None, None)


def test_job_with_an_unknown_name_is_retried(queue: Queue) -> None:
    queue.enqueue(queue.record)
    queue.app.extensions["jobs"].clear()

    run_next_job(queue.app)

    [job] = queue.jobs()
    assert (job.error or "").startswith("UnregisteredJobError: record is not a registered job.")


def test_lost_lease_is_logged(queue: Queue, log: Log) -> None:
    def outlive_lease() -> None:
        with queue.app.app_context():
            db.session.execute(update(Job).values(due_at=NOW))
            db.session.commit()

    queue.register_and_enqueue(outlive_lease)

    run_next_job(queue.app)

    assert [entry["event"] for entry in log()] == ["job_lease_lost"]
