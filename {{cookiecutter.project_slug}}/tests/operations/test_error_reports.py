"""Reports of unhandled exceptions."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from flask import Flask

from tests.operations.conftest import Collector

sentry_sdk = pytest.importorskip("sentry_sdk", reason="The extra `sentry` is not installed.")
pytestmark = pytest.mark.slow

CANARY = "canary-in-a-variable"


@pytest.fixture
def reporting_app(make_app: Callable[..., Flask], collector: Collector) -> Iterator[Flask]:
    """Yield an application that sends reports to the collector, with a view that fails."""
    app = make_app(SENTRY_DSN=f"http://a-key@{collector.netloc}/1")

    def fail(**_arguments: object) -> NoReturn:
        message = CANARY
        raise ValueError(message)

    app.add_url_rule("/fail/<number>", view_func=fail)
    yield app
    sentry_sdk.get_client().close()


def sent_reports(collector: Collector) -> list[dict[str, Any]]:
    """Send pending reports, and return all reports that the collector received."""
    sentry_sdk.flush()
    return [json.loads(envelope.splitlines()[2]) for envelope in collector.received]


def test_unhandled_exception_is_reported_once(reporting_app: Flask, collector: Collector) -> None:
    reporting_app.test_client().get("/fail/7", headers={"X-Request-ID": "abc-1"})

    [report] = sent_reports(collector)
    [error] = report["exception"]["values"]
    assert (error["type"], report["environment"]) == ("ValueError", "testing")
    assert error["stacktrace"]["frames"][-1]["function"] == "fail"
    assert report["tags"] == {"request_id": "abc-1", "method": "GET", "route": "/fail/<number>"}


def test_report_contains_no_personal_data(reporting_app: Flask, collector: Collector) -> None:
    reporting_app.test_client().get(
        "/fail/canary-in-the-path?q=canary-in-the-query",
        json={"password": "canary-in-the-body"},
        headers={
            "Authorization": "Bearer canary-in-a-header",
            "Cookie": "session=canary-in-a-cookie",
            "User-Agent": "canary-of-a-browser",
            "X-Forwarded-For": "198.51.100.7",
        },
    )

    assert len(sent_reports(collector)) == 1
    assert "canary" not in collector.text()
    assert "198.51.100.7" not in collector.text()


def test_http_errors_are_not_reported(reporting_app: Flask, collector: Collector) -> None:
    reporting_app.test_client().get("/nowhere")

    assert sent_reports(collector) == []
