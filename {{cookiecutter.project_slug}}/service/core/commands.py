"""The commands `create-database` and `doctor` of `flask --app service`."""

import click
from flask import Flask
from flask.cli import with_appcontext

from service.core import doctor
from service.core.database import told_plainly
from service.core.mysql import create_mysql_database  # [template] if mysql
from service.core.postgresql import create_postgresql_database  # [template] if postgresql
from service.extensions import db


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(create_database)
    app.cli.add_command(examine)


@click.command("create-database")
@with_appcontext
@told_plainly()
def create_database() -> None:
    """Create the database itself, where it is not there yet."""
    url = db.engine.url
    create_mysql_database(url)  # [template] if mysql
    create_postgresql_database(url)  # [template] if postgresql
    click.echo(f"The database {url.database} is there.")


@click.command("doctor")
@with_appcontext
def examine() -> None:
    """Tell what is wrong with this installation, and the cure."""
    findings = doctor.findings()
    for finding in findings:
        mark = click.style("ok  ", fg="green") if finding.is_well else click.style("BAD ", fg="red")
        click.echo(f"{mark} {finding.subject}")
        if not finding.is_well:
            click.echo(f"     {finding.cure}")
    if not all(finding.is_well for finding in findings):
        raise SystemExit(1)
