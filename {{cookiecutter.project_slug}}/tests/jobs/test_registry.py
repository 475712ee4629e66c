"""The registry of jobs."""

import pytest

from service.jobs.registry import register_job
from tests.jobs.fixtures import Queue


def test_second_job_with_the_same_name_is_rejected(queue: Queue) -> None:
    with pytest.raises(ValueError, match="record"):
        register_job(queue.app, queue.record)
