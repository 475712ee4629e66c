"""`doctor` reports jobs that nobody runs, and jobs that failed."""

from datetime import timedelta

import pytest
from flask import Config
from flask.testing import FlaskCliRunner

from service.database.columns import now
from service.extensions import db
from service.jobs.backlog import Backlog, check_backlog, read_backlog
from service.jobs.leases import fail_job, take_jobs
from service.jobs.models import Job
from tests.jobs.fixtures import NOW, Queue
from tests.jobs.running import LEASE

MINUTE = timedelta(minutes=1)


@pytest.mark.usefixtures("app_context")
def test_jobs_are_counted(queue: Queue) -> None:
    for minutes in (3, 2, 0, -1):
        queue.enqueue(queue.record, due_at=NOW - minutes * MINUTE)
    db.session.add(Job(name="finished", arguments={}, finished_at=NOW))
    db.session.add(Job(name="dead", arguments={}, failed_at=NOW))
    db.session.commit()

    assert read_backlog(NOW) == Backlog(queued=4, wait=3 * MINUTE, dead=1)


@pytest.mark.usefixtures("app_context")
def test_empty_queue_is_no_problem() -> None:
    assert read_backlog(NOW) == Backlog(queued=0, wait=timedelta(0), dead=0)
    assert list(check_backlog(Config(""))) == []


@pytest.mark.usefixtures("app_context")
def test_job_that_nobody_runs_is_a_problem(queue: Queue) -> None:
    queue.enqueue(queue.record, due_at=now() - 12 * MINUTE)

    [problem] = check_backlog(Config(""))

    assert "waited for 12 minutes. Start a worker" in problem


@pytest.mark.usefixtures("app_context")
def test_dead_job_is_a_problem(queue: Queue) -> None:
    queue.enqueue(queue.record, due_at=NOW)
    [job] = take_jobs(NOW, LEASE, 1)
    fail_job(job, "ConnectionRefusedError: no mail server", NOW, None)

    [problem] = check_backlog(Config(""))

    assert "record: ConnectionRefusedError: no mail server. Fix the cause" in problem


@pytest.mark.usefixtures("outage")
def test_outage_is_left_to_the_checks_of_the_database(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["doctor"])

    assert "ok   background jobs are run\n" in result.output
