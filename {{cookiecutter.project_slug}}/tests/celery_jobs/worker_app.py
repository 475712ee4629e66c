"""The Celery application of the service with the jobs of the tests, for `celery --app`."""

import os

from service.make_celery import celery_app, flask_app
from tests.celery_jobs.jobs import register_test_jobs

__all__ = ["celery_app"]

register_test_jobs(flask_app, os.environ["RECURRING_FILE"])
