"""Metrics of a worker for Prometheus: queued and dead jobs, and the duration of jobs."""

from collections.abc import Iterator

import structlog
from flask import Flask
from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from service.database.columns import now
from service.jobs.backlog import read_backlog

log = structlog.get_logger()


class BacklogCollector(Collector):
    """Counts the jobs whenever Prometheus reads the metrics; nothing during an outage."""

    def __init__(self, app: Flask) -> None:
        """Set the application whose jobs are counted."""
        self.app = app

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        try:
            with self.app.app_context():
                backlog = read_backlog(now())
        except SQLAlchemyError:
            return
        yield GaugeMetricFamily("jobs_queued", "Jobs that are not done.", backlog.queued)
        wait = backlog.wait.total_seconds()
        yield GaugeMetricFamily("jobs_wait_seconds", "The wait of the oldest due job.", wait)
        yield GaugeMetricFamily("jobs_dead", "Jobs that failed in all attempts.", backlog.dead)


def measure_jobs(app: Flask, registry: CollectorRegistry) -> None:
    """Measure how long the jobs of this process take, and count the jobs of all workers."""
    duration = Histogram(
        "job_duration_seconds", "Time that a job took.", ["job", "result"], registry=registry
    )
    app.extensions["job_observers"].append(
        lambda job, result, seconds: duration.labels(job, result).observe(seconds)
    )
    registry.register(BacklogCollector(app))


def serve_metrics(app: Flask, port: int) -> None:
    """Serve the metrics of a worker on all interfaces; log an error if the port is in use."""
    registry = app.extensions["metrics"]
    measure_jobs(app, registry)
    try:
        start_http_server(port, registry=registry)
    except OSError as error:
        log.error(  # noqa: TRY400  # The traceback would add nothing.
            "metrics_unavailable", port=port, reason=error.strerror
        )
