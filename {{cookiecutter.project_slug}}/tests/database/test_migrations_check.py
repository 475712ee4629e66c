"""The check of the migrations that `doctor` runs."""

import pytest
from flask import Flask
from sqlalchemy import text

from service.database.migrations import check_migrations
from service.extensions import db


@pytest.mark.usefixtures("stamp")
def test_latest_revision_is_accepted(app: Flask) -> None:
    with app.app_context():
        assert list(check_migrations(app.config)) == []


@pytest.mark.usefixtures("outage")
def test_database_without_a_revision_needs_an_upgrade(app: Flask) -> None:
    with app.app_context():
        [problem] = check_migrations(app.config)

    assert "flask --app service db upgrade" in problem


@pytest.mark.usefixtures("stamp")
def test_unknown_revision_is_named(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("INSERT INTO alembic_version VALUES ('from_tomorrow')"))

        [problem] = check_migrations(app.config)
        db.session.rollback()

    assert "from_tomorrow" in problem
