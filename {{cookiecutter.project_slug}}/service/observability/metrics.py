"""Metrics for Prometheus: how long requests take, and how many connections are lent.

`metrics_server.py` shows them, for all worker processes together.
"""

from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from prometheus_client import CollectorRegistry, Gauge, Histogram
from sqlalchemy import event

from service.extensions import db
from service.observability import route

# Others come from outside, and each would become a series of its own.
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
Headers = list[tuple[str, str]]


def init_app(app: Flask) -> None:
    """Measure each request and the pool of connections."""
    registry = CollectorRegistry()
    app.extensions["metrics"] = registry
    app.wsgi_app = TimedRequests(  # type: ignore[method-assign]  # As Flask tells.
        app.wsgi_app, registry
    )
    count_connections(app, registry)


class TimedRequests:
    """The application, with a stopwatch."""

    def __init__(self, application: WSGIApplication, registry: CollectorRegistry) -> None:
        """Take the application."""
        self.application = application
        self.seconds = Histogram(
            "http_request_duration_seconds",
            "How long it takes until an answer begins.",
            ["method", "route", "status"],
            registry=registry,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does."""
        started = perf_counter()

        def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
            method = request.method if request.method in METHODS else "other"
            self.seconds.labels(method, route(), status[:3]).observe(perf_counter() - started)
            return start_response(status, headers, *error)

        return self.application(environ, start)


def count_connections(app: Flask, registry: CollectorRegistry) -> None:
    """Count the connections to the database that requests hold."""
    lent = Gauge(
        "database_connections_lent",
        "How many connections to the database are in use.",
        registry=registry,
        multiprocess_mode="livesum",
    )
    with app.app_context():
        engine = db.engine
    event.listen(engine, "checkout", lambda *_: lent.inc())
    event.listen(engine, "checkin", lambda *_: lent.dec())
