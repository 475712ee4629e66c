"""The command `retry-jobs`."""

import click
from flask.cli import with_appcontext

from service.database.columns import now
from service.database.engine import cli_database_errors
from service.jobs.leases import retry_dead_jobs


@click.command("retry-jobs")
@with_appcontext
@cli_database_errors()
def retry_jobs() -> None:
    """Run the jobs again that have failed in all attempts, after their cause is fixed."""
    click.echo(f"Jobs to be retried: {retry_dead_jobs(now())}")
