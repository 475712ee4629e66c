"""Metrics of requests and of the connection pool."""

from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry

pytestmark = pytest.mark.slow

DURATION = "http_request_duration_seconds"
IN_USE = "db_pool_connections_in_use"


@pytest.fixture
def measured_app(make_app: Callable[..., Flask]) -> Flask:
    """Return an application with metrics."""
    return make_app(METRICS_PORT="9100")


@pytest.fixture
def registry(measured_app: Flask) -> CollectorRegistry:
    """Return the registry with the metrics of the application."""
    registry: CollectorRegistry = measured_app.extensions["metrics"]
    return registry


def request_counts(registry: CollectorRegistry) -> dict[tuple[str, str, str], float]:
    """Return the number of requests by method, route and status."""
    return {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == f"{DURATION}_count"
    }


def test_requests_are_counted_by_route(measured_app: Flask, registry: CollectorRegistry) -> None:
    client = measured_app.test_client()
    for question_id in (1, 2, 3):
        client.get(f"/api/v1/questions/{question_id}")

    route = "/api/v1/questions/<id:question_id>"
    assert request_counts(registry) == {("GET", route, "404"): 3}


def test_unknown_methods_and_paths_share_one_series(
    measured_app: Flask, registry: CollectorRegistry
) -> None:
    client = measured_app.test_client()
    for word in ("ONE", "TWO", "THREE"):
        client.open(f"/{word}", method=word)

    assert request_counts(registry) == {("other", "none", "404"): 3}


def test_unhandled_exception_is_counted(measured_app: Flask, registry: CollectorRegistry) -> None:
    measured_app.add_url_rule("/fail", view_func=lambda: str(1 / 0))

    measured_app.test_client().get("/fail")

    assert request_counts(registry) == {("GET", "/fail", "500"): 1}


def test_duration_is_measured(measured_app: Flask, registry: CollectorRegistry) -> None:
    measured_app.test_client().get("/healthz")

    labels = {"method": "GET", "route": "/healthz", "status": "200"}
    assert 0 < (registry.get_sample_value(f"{DURATION}_sum", labels) or 0) < 60


def test_connection_is_in_use_until_the_request_ends(
    measured_app: Flask, registry: CollectorRegistry
) -> None:
    during = []

    @measured_app.teardown_request
    def read_gauge(_error: BaseException | None) -> None:
        during.append(registry.get_sample_value(IN_USE))

    measured_app.test_client().get("/api/v1/questions")

    assert (during, registry.get_sample_value(IN_USE)) == ([1], 0)


def test_nothing_is_measured_without_a_port(app: Flask) -> None:
    assert "metrics" not in app.extensions
