"""Jobs are enqueued in the transaction of the caller, and once for each idempotency key."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from service.extensions import db
from service.jobs.models import Job
from service.jobs.outbox import enqueue
from service.jobs.registry import UnregisteredJobError
from tests.jobs.conftest import CONCURRENCY, RunConcurrently
from tests.jobs.fixtures import NOW, Queue

pytestmark = pytest.mark.usefixtures("app_context")


def test_committed_job_is_stored_with_its_arguments(queue: Queue) -> None:
    enqueue(queue.record, due_at=NOW, text="Résumé", number=1)
    db.session.commit()

    [job] = queue.jobs()
    assert (job.name, job.arguments, job.due_at) == (
        "record",
        {"text": "Résumé", "number": 1},
        NOW,
    )


def test_job_is_rolled_back_with_the_transaction(queue: Queue) -> None:
    enqueue(queue.record)
    enqueue(queue.record, key="once")
    db.session.rollback()

    assert queue.jobs() == []


def test_second_job_with_the_same_key_is_not_added(queue: Queue) -> None:
    enqueue(queue.record, key="once", number=1)
    enqueue(queue.record, key="once", number=2)
    db.session.commit()
    enqueue(queue.record, key="once", number=3)
    db.session.commit()

    assert [job.arguments for job in queue.jobs()] == [{"number": 1}]


@pytest.mark.slow
def test_concurrent_transactions_with_the_same_key_add_one_job_and_keep_their_other_rows(
    queue: Queue, run_concurrently: RunConcurrently
) -> None:
    def enqueue_both() -> None:
        enqueue(queue.record)
        enqueue(queue.record, key="once")
        db.session.commit()

    run_concurrently(enqueue_both)

    keys = [job.key for job in queue.jobs()]
    assert (keys.count("once"), keys.count(None)) == (1, CONCURRENCY)


def test_violated_constraint_of_the_caller_is_raised(queue: Queue) -> None:
    enqueue(queue.record, key="once")
    db.session.commit()
    db.session.add(Job(name="record", arguments={}, key="once", due_at=NOW))

    with pytest.raises(IntegrityError):
        enqueue(queue.record, key="another", due_at=NOW + timedelta(days=1))


def test_function_that_is_not_registered_is_rejected() -> None:
    def record() -> None:
        """Have the name of a registered job."""

    def unregistered() -> None:
        """Have another name."""

    for function in (record, unregistered):
        with pytest.raises(UnregisteredJobError, match=r"register_job\(app, "):
            enqueue(function)


def test_argument_that_is_not_json_is_rejected(queue: Queue) -> None:
    with pytest.raises(TypeError):
        enqueue(queue.record, at=NOW)
