"""OpenTelemetry traces: a span for each request, and one for each statement in it.

Exported spans contain the method, the route, the status, and SQL with placeholders. They contain no
personal data: no path, query string, header, client address, parameter or error message.
"""

import os
from collections.abc import Sequence

from flask import Flask
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Status

# If the collector is unavailable, a worker that shuts down must not wait: its spans are lost.
EXPORT_TIMEOUT_SECONDS = 2
EXCLUDED_URLS = "/healthz$,/readyz$,/static/"
EXPORTED_ATTRIBUTES = {
    "db.query.text",
    "db.system.name",
    "http.request.method",
    "http.response.status_code",
    "http.route",
}


def init_app(app: Flask) -> None:
    """Trace requests and statements, and export the spans in the background."""
    # By default, the instrumentations still use deprecated attribute names.
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http,database"
    name = os.environ.get("OTEL_SERVICE_NAME", app.config["SITE_NAME"])
    endpoint = app.config["OTEL_EXPORTER_OTLP_ENDPOINT"].rstrip("/")
    exporter = RedactingExporter(f"{endpoint}/v1/traces", timeout=EXPORT_TIMEOUT_SECONDS)
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    app.extensions["traces"] = provider
    FlaskInstrumentor().instrument_app(
        app, tracer_provider=provider, excluded_urls=EXCLUDED_URLS, enable_commenter=False
    )
    # opentelemetry-instrumentation-sqlalchemy 0.66b1 does not declare support for SQLAlchemy 2.1;
    # our tests show that it works.
    SQLAlchemyInstrumentor().instrument(tracer_provider=provider, skip_dep_check=True)


class RedactingExporter(OTLPSpanExporter):
    """An exporter that removes personal data from spans."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export redacted copies of the spans; a span that has ended cannot be changed."""
        return super().export([redact(span) for span in spans])


def redact(span: ReadableSpan) -> ReadableSpan:
    """Return a copy with `EXPORTED_ATTRIBUTES` only, and without events and status message.

    The name of a request's span becomes its method and route.
    """
    attributes = {
        name: value
        for name, value in (span.attributes or {}).items()
        if name in EXPORTED_ATTRIBUTES
    }
    name = span.name
    if span.kind is SpanKind.SERVER:
        name = f"{attributes['http.request.method']} {attributes.get('http.route', 'none')}"
    return ReadableSpan(
        name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
