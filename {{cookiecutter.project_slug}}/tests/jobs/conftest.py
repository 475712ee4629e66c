"""Fixtures: an application context, and a tool for concurrency."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.jobs.fixtures import Queue

CONCURRENCY = 8

RunConcurrently = Callable[[Callable[[], Any]], list[Any]]


@pytest.fixture
def app_context(queue: Queue) -> Iterator[None]:
    """Run the test in an application context."""
    with queue.app.app_context():
        yield


@pytest.fixture
def run_concurrently(queue: Queue) -> Iterator[RunConcurrently]:
    """Yield a function that calls a function in several threads at once; returns the results."""
    start = Barrier(CONCURRENCY)

    def call(function: Callable[[], Any]) -> Any:
        with queue.app.app_context():
            start.wait(60)
            return function()

    with ThreadPoolExecutor(CONCURRENCY) as threads:
        yield lambda function: list(threads.map(call, [function] * CONCURRENCY))
