"""The probes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from service.extensions import db


def add_revision(name: str) -> None:
    """Say that the database has this revision."""
    db.session.execute(text("INSERT INTO alembic_version VALUES (:name)"), {"name": name})


@pytest.mark.usefixtures("stamp")
def test_ready_with_the_newest_tables(client: FlaskClient) -> None:
    """R7.04."""
    response = client.get("/readyz")

    assert (response.status_code, response.get_json()) == (200, {"status": "ready"})


@pytest.mark.usefixtures("stamp")
def test_not_ready_with_a_revision_this_code_does_not_know(app: Flask, client: FlaskClient) -> None:
    """R7.04, Z43."""
    with app.app_context():
        add_revision("from_tomorrow")
        db.session.commit()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert "Retry-After" in response.headers
    assert "tomorrow" not in response.text


@pytest.mark.usefixtures("outage")
def test_not_ready_while_the_database_is_away(client: FlaskClient) -> None:
    """R7.04."""
    response = client.get("/readyz")

    assert (response.status_code, response.mimetype) == (503, "application/problem+json")


@pytest.mark.usefixtures("outage")
def test_alive_while_the_database_is_away(client: FlaskClient) -> None:
    """R7.04."""
    response = client.get("/healthz")

    assert (response.status_code, response.get_json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("probe", ["/healthz", "/readyz"])
def test_a_probe_is_never_kept_in_a_cache(client: FlaskClient, probe: str) -> None:
    """R7.04."""
    assert client.get(probe).headers["Cache-Control"] == "no-store"
