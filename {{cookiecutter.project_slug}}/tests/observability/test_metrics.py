"""What is measured."""

from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry

pytestmark = pytest.mark.slow

SECONDS = "http_request_duration_seconds"
LENT = "database_connections_lent"


@pytest.fixture
def measured(make_app: Callable[..., Flask]) -> Flask:
    """Make an application that measures."""
    return make_app(METRICS_PORT="9100")


@pytest.fixture
def registry(measured: Flask) -> CollectorRegistry:
    """Give what the application has measured."""
    found: CollectorRegistry = measured.extensions["metrics"]
    return found


def series(registry: CollectorRegistry) -> dict[tuple[str, str, str], float]:
    """Return how many requests there were, by method, route and status."""
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == f"{SECONDS}_count"
    }


def test_requests_are_counted_by_their_route(measured: Flask, registry: CollectorRegistry) -> None:
    client = measured.test_client()
    for question_id in (1, 2, 3):
        client.get(f"/api/v1/questions/{question_id}")

    route = "/api/v1/questions/<id:question_id>"
    assert series(registry) == {("GET", route, "404"): 3}


def test_what_a_client_makes_up_adds_no_series(
    measured: Flask, registry: CollectorRegistry
) -> None:
    client = measured.test_client()
    for word in ("ONE", "TWO", "THREE"):
        client.open(f"/{word}", method=word)

    assert series(registry) == {("other", "none", "404"): 3}


def test_a_fault_is_counted(measured: Flask, registry: CollectorRegistry) -> None:
    measured.add_url_rule("/fail", view_func=lambda: str(1 / 0))

    measured.test_client().get("/fail")

    assert series(registry) == {("GET", "/fail", "500"): 1}


def test_the_time_is_measured(measured: Flask, registry: CollectorRegistry) -> None:
    measured.test_client().get("/healthz")

    labels = {"method": "GET", "route": "/healthz", "status": "200"}
    assert 0 < (registry.get_sample_value(f"{SECONDS}_sum", labels) or 0) < 10


def test_connections_are_lent_and_given_back(measured: Flask, registry: CollectorRegistry) -> None:
    lent = []

    @measured.teardown_request
    def look(_error: BaseException | None) -> None:
        lent.append(registry.get_sample_value(LENT))

    measured.test_client().get("/api/v1/questions")

    assert (lent, registry.get_sample_value(LENT)) == ([1], 0)


def test_nothing_is_measured_without_a_port(app: Flask) -> None:
    assert "metrics" not in app.extensions
