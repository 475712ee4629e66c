"""The background job of accounts."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from service.accounts.models import Session
from service.accounts.sessions import create_session
from service.database.columns import now
from service.extensions import db
from tests.jobs.running import run_due_jobs


def test_worker_deletes_expired_sessions(app: Flask, kim_id: int) -> None:
    with app.app_context():
        create_session(kim_id, "expired", "", now() - timedelta(days=31))
        active = create_session(kim_id, "active", "", now())

    run_due_jobs(app)

    with app.app_context():
        assert db.session.scalars(select(Session.id)).all() == [active.session_id]
