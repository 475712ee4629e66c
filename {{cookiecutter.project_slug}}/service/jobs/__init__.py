"""Background jobs: functions that a worker process runs after the commit that enqueued them."""

from datetime import timedelta

from flask import Flask

from service.jobs.backlog import check_backlog
from service.jobs.commands import retry_jobs
from service.jobs.recurring import purge_jobs
from service.jobs.registry import register_job
from service.operations.doctor import Check, add_check


def init_app(app: Flask) -> None:
    """Create the app's registry of jobs, and register the check and the command."""
    app.extensions["jobs"] = {}
    app.extensions["job_observers"] = []
    register_job(app, purge_jobs, every=timedelta(days=1))
    add_check(app, Check("background jobs are run", check_backlog, needs_server=True))
    app.cli.add_command(retry_jobs)
