"""Traces of requests and of their SQL statements."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.extensions import db
from tests.operations.conftest import Collector

pytest.importorskip("opentelemetry.sdk", reason="The extra `otel` is not installed.")
pytestmark = pytest.mark.slow

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


def uninstrument() -> None:
    """Remove the instrumentation of SQLAlchemy, which the whole process shares."""
    from opentelemetry.instrumentation.sqlalchemy import (  # noqa: PLC0415  # An extra.
        SQLAlchemyInstrumentor,
    )

    SQLAlchemyInstrumentor().uninstrument()


@pytest.fixture
def traced_app(make_app: Callable[..., Flask], collector: Collector) -> Iterator[Flask]:
    """Yield an application that sends its traces to the collector."""
    app = make_app(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.netloc}/")
    yield app
    app.extensions["traces"].shutdown()
    uninstrument()


def exported_spans(app: Flask, collector: Collector) -> str:
    """Send pending spans, and return all that were exported; protobuf does not encode strings."""
    app.extensions["traces"].force_flush()
    return collector.text()


def test_request_is_a_span_named_after_its_route(traced_app: Flask, collector: Collector) -> None:
    traced_app.test_client().get("/api/v1/questions/7")

    spans = exported_spans(traced_app, collector)
    assert "GET /api/v1/questions/<id:question_id>" in spans
    assert "http.response.status_code" in spans
    assert traced_app.config["SITE_NAME"] in spans


def test_statement_is_a_span_without_parameters(traced_app: Flask, collector: Collector) -> None:
    traced_app.test_client().get("/api/v1/questions?q=canary")

    spans = exported_spans(traced_app, collector)
    assert "db.query.text" in spans
    assert "FROM question" in spans
    assert "canary" not in spans


def test_failed_statement_is_a_span_without_the_error_message(
    traced_app: Flask, collector: Collector
) -> None:
    with traced_app.app_context():
        with suppress(DBAPIError):
            db.session.execute(text("SELECT nothing FROM nowhere"))
        db.session.rollback()

    spans = exported_spans(traced_app, collector)
    assert "SELECT nothing FROM nowhere" in spans
    assert "no such table" not in spans
    assert "exist" not in spans


def test_trace_of_the_client_is_continued(traced_app: Flask, collector: Collector) -> None:
    header = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}

    traced_app.test_client().get("/api/v1/questions", headers=header)

    exported_spans(traced_app, collector)
    assert bytes.fromhex(TRACE_ID) in b"".join(collector.received)


@pytest.mark.parametrize("path", ["/healthz", "/static/site.css"])
def test_health_checks_and_static_files_are_not_traced(
    traced_app: Flask, collector: Collector, path: str
) -> None:
    with traced_app.test_client().get(path):
        pass

    assert exported_spans(traced_app, collector) == ""


def test_span_contains_no_personal_data(traced_app: Flask, collector: Collector) -> None:
    traced_app.test_client().post(
        "/canary-in-the-path?q=canary-in-the-query",
        json={"password": "canary-in-the-body"},
        headers={
            "Authorization": "Bearer canary-in-a-header",
            "Cookie": "session=canary-in-a-cookie",
            "User-Agent": "canary-of-a-browser",
            "X-Forwarded-For": "198.51.100.7",
        },
        environ_base={"REMOTE_ADDR": "203.0.113.7"},
    )

    spans = exported_spans(traced_app, collector)
    assert "POST none" in spans
    assert "canary" not in spans
    assert "198.51.100.7" not in spans
    assert "203.0.113.7" not in spans


def test_message_of_an_exception_is_not_exported(traced_app: Flask, collector: Collector) -> None:
    traced_app.add_url_rule("/fail", view_func=lambda: str(int("canary-in-a-message")))

    response = traced_app.test_client().get("/fail")

    assert response.status_code == 500
    spans = exported_spans(traced_app, collector)
    assert "GET /fail" in spans
    assert "canary" not in spans


def test_request_for_an_untrusted_host_is_rejected_while_tracing(
    make_app: Callable[..., Flask], collector: Collector
) -> None:
    app = make_app(
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.netloc}", TRUSTED_HOSTS="example.com"
    )

    response = app.test_client().get("/", base_url="http://canary.example.org")

    assert response.status_code == 400
    assert "canary" not in exported_spans(app, collector)
    app.extensions["traces"].shutdown()
    uninstrument()


def test_request_succeeds_while_the_collector_is_unavailable(
    make_app: Callable[..., Flask], collector: Collector
) -> None:
    collector.server_close()
    app = make_app(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.netloc}")

    response = app.test_client().get("/api/v1/questions")

    assert response.status_code == 200
    app.extensions["traces"].shutdown()
    uninstrument()
