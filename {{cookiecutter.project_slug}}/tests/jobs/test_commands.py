"""The command `retry-jobs`."""

import pytest
from flask.testing import FlaskCliRunner

from service.extensions import db
from service.jobs.models import Job
from tests.jobs.fixtures import NOW, Queue
from tests.jobs.running import run_due_jobs


def test_dead_jobs_run_again_after_retry_jobs(queue: Queue) -> None:
    with queue.app.app_context():
        db.session.add(Job(name="record", arguments={}, failed_at=NOW, attempts=12))
        db.session.commit()

    result = queue.app.test_cli_runner().invoke(args=["retry-jobs"])
    run_due_jobs(queue.app)

    assert (result.exit_code, result.output, queue.calls) == (0, "Jobs to be retried: 1\n", [{}])


@pytest.mark.usefixtures("outage")
def test_database_outage_is_reported_without_a_traceback(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["retry-jobs"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: Database error: ")
