"""Background jobs in Celery workers, to which Celery Beat hands them through a broker."""

from flask import Flask

from service.celery_jobs.checks import check_broker
from service.celery_jobs.factory import celery_init_app
from service.celery_jobs.settings import CelerySettings
from service.operations.doctor import Check, add_check

__all__ = ["CelerySettings", "init_app"]


def init_app(app: Flask) -> None:
    """Create the Celery application, and register the check of the broker."""
    celery_init_app(app)
    add_check(app, Check("the broker responds", check_broker, needs_server=True))
