"""Traces for OpenTelemetry: a span for each request, and one for each statement in it.

They tell method, route and status, and the statements with placeholders: no address, header, body
or value. A trace that the caller has begun goes on.
"""

import os
from collections.abc import Callable, Iterable
from time import time_ns
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Connection, ExceptionContext, event

from service.extensions import db
from service.observability import route

# While the collector is away, spans are lost, and no worker waits long at its end.
SECONDS_TO_SEND = 2
BEGAN_AT = "statement_began_at"
Headers = list[tuple[str, str]]


def init_app(app: Flask) -> None:
    """Send the spans to the collector, in the background."""
    name = os.environ.get("OTEL_SERVICE_NAME", app.config["SITE_NAME"])
    endpoint = app.config["OTEL_EXPORTER_OTLP_ENDPOINT"].rstrip("/")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=SECONDS_TO_SEND)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    app.extensions["traces"] = provider
    tracer = provider.get_tracer("service")
    app.wsgi_app = TracedRequests(app.wsgi_app, tracer)  # type: ignore[method-assign]  # As Flask tells.
    trace_statements(app, tracer)


class TracedRequests:
    """The application, with a span around each request."""

    def __init__(self, application: WSGIApplication, tracer: Tracer) -> None:
        """Take the application."""
        self.application, self.tracer = application, tracer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does."""
        caller = {"traceparent": environ.get("HTTP_TRACEPARENT", "")}
        context = TraceContextTextMapPropagator().extract(caller)
        with self.tracer.start_as_current_span(
            "request", context, SpanKind.SERVER, record_exception=False
        ) as span:

            def start(status: str, headers: Headers, *error: Any) -> Callable[[bytes], object]:
                span.update_name(f"{request.method} {route()}")
                span.set_attribute("http.request.method", request.method)
                span.set_attribute("http.route", route())
                span.set_attribute("http.response.status_code", int(status[:3]))
                if status.startswith("5"):
                    span.set_status(StatusCode.ERROR)
                return start_response(status, headers, *error)

            return self.application(environ, start)


def trace_statements(app: Flask, tracer: Tracer) -> None:
    """Add a span for each statement that the database is sent."""

    def record(connection: Connection, statement: str, status: StatusCode) -> None:
        span = tracer.start_span(
            statement.partition(" ")[0],
            kind=SpanKind.CLIENT,
            attributes={
                "db.system.name": connection.dialect.name,
                "db.query.text": statement,
            },
            start_time=connection.info.get(BEGAN_AT),
        )
        span.set_status(status)
        span.end()

    def begin(connection: Connection, *_more: object) -> None:
        connection.info[BEGAN_AT] = time_ns()

    def end(connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        record(connection, statement, StatusCode.OK)

    def fail(error: ExceptionContext) -> None:
        if error.connection and error.statement:
            record(error.connection, error.statement, StatusCode.ERROR)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
