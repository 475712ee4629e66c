"""The health checks."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from service.extensions import db


def add_revision(name: str) -> None:
    """Record a migration as applied, without committing."""
    db.session.execute(text("INSERT INTO alembic_version VALUES (:name)"), {"name": name})


@pytest.mark.usefixtures("stamp")
def test_service_is_ready_after_the_latest_migration(client: FlaskClient) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.get_json()) == (200, {"status": "ready"})


@pytest.mark.usefixtures("stamp")
def test_service_is_not_ready_with_an_unknown_migration(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        add_revision("from_tomorrow")
        db.session.commit()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert "Retry-After" in response.headers
    assert "tomorrow" not in response.text


@pytest.mark.usefixtures("outage")
def test_service_is_not_ready_without_the_database(client: FlaskClient) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.mimetype) == (503, "application/problem+json")


@pytest.mark.usefixtures("outage")
def test_process_is_alive_without_the_database(client: FlaskClient) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.get_json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_caches_never_store_a_health_check(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"
