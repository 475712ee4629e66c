"""Metrics of a worker."""

import json
import socket
from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from service.extensions import db
from service.jobs.metrics import measure_jobs, serve_metrics
from tests.jobs.fixtures import NOW, Queue
from tests.jobs.running import run_next_job

pytestmark = pytest.mark.slow


@pytest.fixture
def registry(queue: Queue) -> CollectorRegistry:
    """Return the registry with the metrics of the jobs."""
    registry = CollectorRegistry()
    measure_jobs(queue.app, registry)
    return registry


def test_jobs_are_counted_and_measured(queue: Queue, registry: CollectorRegistry) -> None:
    def fail() -> None:
        raise ValueError

    queue.enqueue(queue.record)
    queue.enqueue(queue.record, due_at=NOW)
    queue.register_and_enqueue(fail)
    for _ in range(2):
        run_next_job(queue.app)

    labels = [{"job": "record", "result": "finished"}, {"job": "fail", "result": "failed"}]
    assert [registry.get_sample_value("job_duration_seconds_count", each) for each in labels] == [
        1,
        1,
    ]
    gauges = ["jobs_queued", "jobs_dead", "jobs_wait_seconds"]
    assert [registry.get_sample_value(name) for name in gauges] == [2, 0, 0]


def test_metrics_can_be_read_during_an_outage(queue: Queue, registry: CollectorRegistry) -> None:
    def refuse(*_arguments: object) -> None:
        raise OperationalError("SELECT", {}, Exception())

    with queue.app.app_context():
        event.listen(db.engine, "before_cursor_execute", refuse)

    names = [metric.name for metric in registry.collect()]

    assert names == ["job_duration_seconds"]


def test_port_in_use_is_logged(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:  # noqa: S104  # As the metrics do.
        port = other.getsockname()[1]
        serve_metrics(make_app(METRICS_PORT=str(port), LOG_FORMAT="json"), port)

    [entry] = map(json.loads, capsys.readouterr().err.splitlines())
    assert (entry["event"], entry["port"]) == ("metrics_unavailable", port)
