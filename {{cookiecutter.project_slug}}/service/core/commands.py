"""The commands `create-database` and `doctor` of `flask --app service`."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from service.core.checks import checks
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
    is_well = True
    for check in checks(current_app):
        problems = list(check.problems(current_app.config))
        mark = click.style("BAD ", fg="red") if problems else click.style("ok  ", fg="green")
        click.echo(f"{mark} {check.subject}")
        for problem in problems:
            click.echo(f"     {problem}")
        is_well = is_well and not problems
    if not is_well:
        raise SystemExit(1)
