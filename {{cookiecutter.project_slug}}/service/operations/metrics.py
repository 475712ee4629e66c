"""Metrics for Prometheus: the duration of requests, connections in use, and dropped log lines.

`metrics_server.py` serves the metrics of all worker processes together.
"""

import sys
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy import event
from sqlalchemy.pool import Pool

from service.operations import route
from service.operations.log_stream import LogStream

# Other methods share one label: a client can invent any number of methods.
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


def init_app(app: Flask) -> None:
    """Create the metrics of this application, and update them."""
    registry = CollectorRegistry()
    app.extensions["metrics"] = registry
    measure_requests(app, registry)
    track_pool_connections(registry)
    count_dropped_lines(registry)


def measure_requests(app: Flask, registry: CollectorRegistry) -> None:
    """Measure how long requests take, by method, route and status."""
    duration = Histogram(
        "http_request_duration_seconds",
        "Time until the response is ready.",
        ["method", "route", "status"],
        registry=registry,
    )

    @app.after_request
    def observe_duration(response: Response) -> Response:
        method = request.method if request.method in METHODS else "other"
        labels = duration.labels(method, route(), response.status_code)
        labels.observe(perf_counter() - g.request_started)
        return response


def track_pool_connections(registry: CollectorRegistry) -> None:
    """Count the database connections in use, in all connection pools of the process."""
    in_use = Gauge(
        "db_pool_connections_in_use",
        "Database connections in use.",
        registry=registry,
        multiprocess_mode="livesum",
    )
    event.listen(Pool, "checkout", lambda *_: in_use.inc())
    event.listen(Pool, "checkin", lambda *_: in_use.dec())


def count_dropped_lines(registry: CollectorRegistry) -> None:
    """Count the lines of the log that were dropped because they could not be written."""
    dropped = Counter("log_lines_dropped", "Dropped lines of the log.", registry=registry)
    if isinstance(sys.stderr, LogStream):
        sys.stderr.on_drop = dropped.inc
