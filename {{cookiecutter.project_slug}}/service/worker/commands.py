"""The command `work`."""

from datetime import timedelta
from importlib import import_module
from signal import SIGINT, SIGTERM, signal

import click
from flask.cli import ScriptInfo, pass_script_info

from service.database.engine import cli_database_errors
from service.worker.worker import Worker


@click.command("work")
@click.option("--once", is_flag=True, help="Run the jobs that are due and exit, as for cron.")
@click.option(
    "--lease",
    "lease_seconds",
    type=click.IntRange(min=1),
    default=300,
    show_default=True,
    help="Seconds until another worker repeats a job; more than any job takes.",
)
@pass_script_info
@cli_database_errors()
def work(info: ScriptInfo, once: bool, lease_seconds: int) -> None:
    """Run background jobs until SIGTERM or Ctrl+C, which let the current job finish."""
    worker = Worker(info.load_app(), timedelta(seconds=lease_seconds))
    if port := worker.app.config.get("METRICS_PORT"):
        # Its library takes longer to import than the rest of the command.
        import_module("service.jobs.metrics").serve_metrics(worker.app, port)
    previous = {number: signal(number, worker.stop) for number in (SIGTERM, SIGINT)}
    try:
        if once:
            worker.run_due_jobs()
        else:
            worker.run()
    finally:
        for number, handler in previous.items():
            signal(number, handler)
