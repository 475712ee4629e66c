"""The command `flask --app service create-database`."""

import click
from flask.cli import with_appcontext

from service.database.dialects import find_dialect
from service.database.engine import cli_database_errors
from service.extensions import db


@click.command("create-database")
@with_appcontext
@cli_database_errors()
def create_database() -> None:
    """Create the database if it does not exist."""
    url = db.engine.url
    click.echo(find_dialect(url).create_database(url))
