"""Reports of unforeseen errors."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from flask import Flask

from tests.observability.conftest import Collector

pytest.importorskip("sentry_sdk", reason="The extra `sentry` is not installed.")
pytestmark = pytest.mark.slow

CANARY = "canary-in-a-variable"


@pytest.fixture
def reporting(make_app: Callable[..., Flask], collector: Collector) -> Iterator[Flask]:
    """Make an application that reports to the collector, and fails at one address."""
    app = make_app(SENTRY_DSN=f"http://a-key@{collector.address}/1")

    def fail(**_arguments: object) -> NoReturn:
        wrong = CANARY
        raise ValueError(wrong)

    app.add_url_rule("/fail/<number>", view_func=fail)
    yield app
    app.extensions["error_reports"].close()


def report(app: Flask, collector: Collector) -> dict[str, Any]:
    """Return the one report that was sent."""
    app.extensions["error_reports"].flush()
    [envelope] = collector.received
    event: dict[str, Any] = json.loads(envelope.splitlines()[2])
    return event


def test_an_unforeseen_error_is_reported(reporting: Flask, collector: Collector) -> None:
    reporting.test_client().get("/fail/7", headers={"X-Request-ID": "abc-1"})

    event = report(reporting, collector)
    [error] = event["exception"]["values"]
    assert (error["type"], event["environment"]) == ("ValueError", "testing")
    assert error["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"] == {"request_id": "abc-1", "method": "GET", "route": "/fail/<number>"}


def test_a_report_tells_nothing_of_what_was_sent(reporting: Flask, collector: Collector) -> None:
    """B22."""
    reporting.test_client().get(
        "/fail/canary-in-the-path?q=canary-in-the-query",
        json={"password": "canary-in-the-body"},
        headers={
            "Authorization": "Bearer canary-in-a-header",
            "Cookie": "session=canary-in-a-cookie",
            "X-Forwarded-For": "198.51.100.7",
        },
    )

    report(reporting, collector)
    assert "canary" not in collector.text()
    assert "198.51.100.7" not in collector.text()


def test_what_is_foreseen_is_not_reported(reporting: Flask, collector: Collector) -> None:
    reporting.test_client().get("/nowhere")

    reporting.extensions["error_reports"].flush()
    assert collector.received == []
