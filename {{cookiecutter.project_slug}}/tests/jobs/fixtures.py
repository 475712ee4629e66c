"""A fixture of jobs for the tests of several packages: an application with a job of its own."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.extensions import db
from service.jobs.models import Job
from service.jobs.outbox import enqueue
from service.jobs.registry import JobFunction, register_job

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Queue:
    """The jobs of an application: only `record`, with the arguments of its calls."""

    def __init__(self, app: Flask) -> None:
        """Register the job `record` instead of those of the packages."""
        self.app = app
        self.calls: list[dict[str, Any]] = []

        def record(**arguments: Any) -> None:
            self.calls.append(arguments)

        self.record = record
        app.extensions["jobs"].clear()
        register_job(app, record)

    def enqueue(self, function: JobFunction, **options: Any) -> None:
        """Enqueue a job in a transaction of its own, and commit."""
        with self.app.app_context():
            enqueue(function, **options)
            db.session.commit()

    def register_and_enqueue(self, function: JobFunction, **options: Any) -> None:
        """Register a function as a job, and enqueue it."""
        register_job(self.app, function)
        self.enqueue(function, **options)

    def jobs(self) -> list[Job]:
        """Load all jobs, in the order of their ids."""
        with self.app.app_context():
            return list(db.session.scalars(select(Job).order_by(Job.id)))


@pytest.fixture
def queue(make_app: Callable[..., Flask]) -> Queue:
    """Return the queue of a new application."""
    return Queue(make_app())
