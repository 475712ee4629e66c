"""Traces of requests and of their statements."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.extensions import db
from tests.observability.conftest import Collector

pytest.importorskip("opentelemetry.sdk", reason="The extra `otel` is not installed.")
pytestmark = pytest.mark.slow

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def traced(make_app: Callable[..., Flask], collector: Collector) -> Iterator[Flask]:
    """Make an application that sends its traces to the collector."""
    app = make_app(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{collector.address}/")
    yield app
    app.extensions["traces"].shutdown()


def sent(app: Flask, collector: Collector) -> str:
    """Return what has been sent: its texts stand in the bytes as they are."""
    app.extensions["traces"].force_flush()
    return collector.text()


def test_a_request_is_a_span_by_its_route(traced: Flask, collector: Collector) -> None:
    traced.test_client().get("/api/v1/questions/7")

    told = sent(traced, collector)
    assert "GET /api/v1/questions/<id:question_id>" in told
    assert traced.config["SITE_NAME"] in told


def test_a_statement_is_a_span_without_values(traced: Flask, collector: Collector) -> None:
    traced.test_client().get("/api/v1/questions?q=canary")

    told = sent(traced, collector)
    assert "db.query.text" in told
    assert "FROM question" in told
    assert "canary" not in told


def test_a_statement_that_fails_is_a_span(traced: Flask, collector: Collector) -> None:
    with traced.app_context(), suppress(DBAPIError):
        db.session.execute(text("SELECT nothing FROM nowhere"))
    with traced.app_context():
        db.session.rollback()

    assert "SELECT nothing FROM nowhere" in sent(traced, collector)


def test_a_trace_of_the_caller_goes_on(traced: Flask, collector: Collector) -> None:
    header = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}

    traced.test_client().get("/healthz", headers=header)

    sent(traced, collector)
    assert bytes.fromhex(TRACE) in b"".join(collector.received)


def test_a_trace_tells_nothing_of_what_was_sent(traced: Flask, collector: Collector) -> None:
    """B22."""
    traced.test_client().post(
        "/canary-in-the-path?q=canary-in-the-query",
        json={"password": "canary-in-the-body"},
        headers={
            "Authorization": "Bearer canary-in-a-header",
            "Cookie": "session=canary-in-a-cookie",
            "User-Agent": "canary-of-a-browser",
            "X-Forwarded-For": "198.51.100.7",
        },
    )

    told = sent(traced, collector)
    assert "POST none" in told
    assert "canary" not in told
    assert "198.51.100.7" not in told
