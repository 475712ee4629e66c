"""Workers and Celery Beat run jobs, even if a worker or the broker is killed."""

import urllib.request

import pytest

from tests.celery_jobs.conftest import Jobs, StartCelery
from tests.celery_jobs.jobs import take_long, write_line
from tests.chaos.redis_server import Redis
from tests.servers import free_port, wait_until

pytestmark = pytest.mark.slow


def test_committed_job_runs_in_a_worker(jobs: Jobs, start_celery: StartCelery) -> None:
    jobs.enqueue(write_line)

    start_celery("worker")
    start_celery("beat")

    jobs.wait_for("run")


def test_recurring_job_runs_once_in_its_period(jobs: Jobs, start_celery: StartCelery) -> None:
    start_celery("worker")
    start_celery("beat")
    start_celery("beat")

    wait_until(jobs.recurring_file.exists)
    jobs.enqueue(write_line)
    jobs.wait_for("run")

    assert jobs.recurring_file.read_text("utf-8").split() == ["run"]


def test_job_of_a_killed_worker_runs_again(jobs: Jobs, start_celery: StartCelery) -> None:
    jobs.enqueue(take_long)
    start_celery("beat")
    worker = start_celery("worker")
    jobs.wait_for("begin")

    worker.kill()
    worker.wait()
    start_celery("worker")

    jobs.wait_for("begin", "begin", "end")


def test_sigterm_lets_the_current_job_finish(jobs: Jobs, start_celery: StartCelery) -> None:
    jobs.enqueue(take_long)
    start_celery("beat")
    worker = start_celery("worker")
    jobs.wait_for("begin")

    worker.terminate()

    assert (worker.wait(60), jobs.lines()) == (0, ["begin", "end"])


def test_nothing_is_lost_with_the_broker(
    jobs: Jobs, start_celery: StartCelery, broker: Redis
) -> None:
    start_celery("worker")
    start_celery("beat")
    jobs.enqueue(write_line)
    jobs.wait_for("run")

    broker.kill()
    jobs.enqueue(write_line)
    page = jobs.app.test_client().get("/")
    lines = jobs.lines()
    broker.start()

    assert (page.status_code, lines) == (200, ["run"])
    jobs.wait_for("run", "run")


def test_worker_serves_metrics(jobs: Jobs, start_celery: StartCelery) -> None:
    port = free_port()
    jobs.enqueue(write_line)
    start_celery("worker", METRICS_PORT=str(port))
    start_celery("beat")
    jobs.wait_for("run")

    # The job has written its line before it is finished.
    finished = 'job_duration_seconds_count{job="write_line",result="finished"} 1.0'
    wait_until(lambda: finished in read_metrics(port))

    # The recurring jobs may not have been run yet.
    wait_until(lambda: "jobs_queued 0.0" in read_metrics(port))


def read_metrics(port: int) -> str:
    """Return the metrics of a worker."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}") as response:
        text: str = response.read().decode()
    return text
