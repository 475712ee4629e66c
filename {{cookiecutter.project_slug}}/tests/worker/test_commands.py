"""The command `work`."""

import os
from datetime import timedelta
from signal import SIGINT, SIGTERM, getsignal

import pytest
from flask.testing import FlaskCliRunner

from service.jobs.registry import register_job
from tests.jobs.fixtures import NOW, Queue


@pytest.fixture
def jobs_runner(queue: Queue) -> FlaskCliRunner:
    """Return a test runner for the commands of the application."""
    return queue.app.test_cli_runner()


def test_once_runs_due_and_recurring_jobs(queue: Queue, jobs_runner: FlaskCliRunner) -> None:
    def recur() -> None:
        queue.calls.append({"number": "recurring"})

    register_job(queue.app, recur, every=timedelta(days=1))
    for number in range(12):
        queue.enqueue(queue.record, number=number)
    queue.enqueue(queue.record, due_at=NOW, number="not due")

    result = jobs_runner.invoke(args=["work", "--once"])

    numbers = {call["number"] for call in queue.calls}
    assert (result.exit_code, numbers) == (0, {*range(12), "recurring"})


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_signal_ends_the_worker_after_the_current_job(
    queue: Queue, jobs_runner: FlaskCliRunner, number: int
) -> None:
    def send_signal() -> None:
        os.kill(os.getpid(), number)
        queue.calls.append({"finished": True})

    queue.register_and_enqueue(send_signal)
    handler = getsignal(number)

    result = jobs_runner.invoke(args=["work"])

    assert (result.exit_code, queue.calls) == (0, [{"finished": True}])
    assert getsignal(number) == handler


@pytest.mark.usefixtures("outage")
def test_database_outage_is_reported_without_a_traceback(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["work", "--once"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: Database error: ")
