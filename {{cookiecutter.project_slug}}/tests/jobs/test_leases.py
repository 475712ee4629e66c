"""Jobs are taken with a lease, finished or retried, and never by two workers at the same time."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.extensions import db
from service.jobs.leases import (
    MAX_ATTEMPTS,
    LeasedJob,
    LeaseLostError,
    fail_job,
    finish_job,
    next_attempt,
    retry_dead_jobs,
    take_jobs,
)
from service.jobs.models import Job
from tests.jobs.conftest import CONCURRENCY, RunConcurrently
from tests.jobs.fixtures import NOW, Queue
from tests.jobs.running import LEASE

SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def leased(queue: Queue) -> LeasedJob:
    """Enqueue a job, and take it."""
    queue.enqueue(queue.record, due_at=NOW, number=1)
    with queue.app.app_context():
        [job] = take_jobs(NOW, LEASE, 10)
    return job


def test_job_is_taken_with_its_arguments(leased: LeasedJob) -> None:
    assert (leased.name, leased.arguments) == ("record", {"number": 1})
    assert (leased.attempts, leased.leased_until) == (1, NOW + LEASE)


@pytest.mark.usefixtures("leased")
def test_job_is_not_taken_again_before_its_lease_ends() -> None:
    assert take_jobs(NOW + LEASE - SECOND, LEASE, 10) == []


@pytest.mark.usefixtures("leased")
def test_job_is_taken_again_when_its_lease_ends() -> None:
    [job] = take_jobs(NOW + LEASE, LEASE, 10)

    assert job.attempts == 2


def test_longest_overdue_jobs_are_taken_first(queue: Queue) -> None:
    for seconds in (2, 0, 1, 3):
        queue.enqueue(queue.record, due_at=NOW + seconds * SECOND, seconds=seconds)

    first = take_jobs(NOW + 2 * SECOND, LEASE, 2)
    second = take_jobs(NOW + 2 * SECOND, LEASE, 2)

    assert [job.arguments["seconds"] for job in first + second] == [0, 1, 2]


def test_finished_job_is_not_taken_again(queue: Queue, leased: LeasedJob) -> None:
    finish_job(leased, NOW + SECOND)

    [job] = queue.jobs()
    assert (job.due_at, job.finished_at) == (None, NOW + SECOND)
    assert take_jobs(NOW + LEASE, LEASE, 10) == []


def test_job_is_rolled_back_if_its_lease_was_lost(queue: Queue, leased: LeasedJob) -> None:
    [second] = take_jobs(NOW + LEASE, LEASE, 10)
    db.session.add(Job(name="written by the job", arguments={}))

    with pytest.raises(LeaseLostError):
        finish_job(leased, NOW + LEASE)

    [job] = queue.jobs()
    assert (job.finished_at, job.due_at) == (None, second.leased_until)


def test_failure_after_a_lost_lease_changes_nothing(queue: Queue, leased: LeasedJob) -> None:
    [second] = take_jobs(NOW + LEASE, LEASE, 10)

    fail_job(leased, "ValueError: late", NOW + LEASE, None)

    [job] = queue.jobs()
    assert (job.failed_at, job.error, job.due_at) == (None, None, second.leased_until)


def test_failed_job_is_taken_again_when_it_is_due(queue: Queue, leased: LeasedJob) -> None:
    fail_job(leased, "ValueError: " + "x" * 1000, NOW, NOW + SECOND)

    [stored] = queue.jobs()
    assert (stored.failed_at, len(stored.error or "")) == (NOW, 500)
    assert take_jobs(NOW, LEASE, 10) == []
    [job] = take_jobs(NOW + SECOND, LEASE, 10)
    assert job.attempts == 2


@pytest.mark.parametrize(
    ("attempts", "jitter", "seconds"),
    [
        pytest.param(1, 0, 0, id="without delay"),
        pytest.param(1, 1, 10, id="first"),
        pytest.param(2, 1, 20, id="second"),
        pytest.param(4, 0.5, 40, id="half"),
        pytest.param(MAX_ATTEMPTS - 1, 1, 3600, id="longest"),
    ],
)
def test_delay_doubles_up_to_an_hour(attempts: int, jitter: float, seconds: int) -> None:
    job = LeasedJob(1, "record", {}, attempts, NOW)

    assert next_attempt(job, NOW, jitter) == NOW + seconds * SECOND


def test_last_attempt_is_not_retried() -> None:
    assert next_attempt(LeasedJob(1, "record", {}, MAX_ATTEMPTS, NOW), NOW, 0) is None


def test_only_dead_jobs_are_retried_on_request(queue: Queue, leased: LeasedJob) -> None:
    queue.enqueue(queue.record, due_at=NOW)
    [finished] = take_jobs(NOW, LEASE, 10)
    finish_job(finished, NOW)
    fail_job(leased, "ValueError", NOW, None)
    dead = take_jobs(NOW + LEASE, LEASE, 10)

    number = retry_dead_jobs(NOW)

    [job] = take_jobs(NOW, LEASE, 10)
    assert (dead, number) == ([], 1)
    assert (job.id, job.attempts) == (leased.id, 1)


@pytest.mark.slow
def test_concurrent_workers_take_different_jobs(
    queue: Queue, run_concurrently: RunConcurrently
) -> None:
    for _ in range(CONCURRENCY * 3):
        queue.enqueue(queue.record, due_at=NOW)

    taken = run_concurrently(lambda: [take_jobs(NOW, LEASE, 1) for _ in range(4)])

    ids = [job.id for worker in taken for jobs in worker for job in jobs]
    assert sorted(ids) == sorted(db.session.scalars(select(Job.id)))


def test_locked_job_is_skipped(queue: Queue) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite locks the whole database.")
    for number in (1, 2):
        queue.enqueue(queue.record, due_at=NOW, number=number)
    with db.engine.connect() as other:
        first = select(Job.id).order_by(Job.id).limit(1).scalar_subquery()
        other.execute(update(Job).where(Job.id == other.scalar(select(first))).values(error=""))

        [job] = take_jobs(NOW, LEASE, 10)

    assert job.arguments == {"number": 2}
