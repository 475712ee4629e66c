"""The command that invites a person to register."""

import click
from flask import current_app
from flask.cli import with_appcontext

from service.accounts.authentication import is_registered
from service.accounts.commands import email_argument
from service.accounts.mailed_tokens import Purpose, issue_token
from service.database.columns import now
from service.database.engine import cli_database_errors
from service.mail.links import public_url


@click.command("invite")
@email_argument
@with_appcontext
@cli_database_errors()
def invite(email: str) -> None:
    """Print a link with which the owner of this address can register within seven days."""
    if problem := find_problem(email):
        raise click.ClickException(problem)
    token = issue_token(Purpose.INVITATION, email, None, now())
    endpoint = current_app.extensions["mail_pages"].get(Purpose.INVITATION)
    click.echo(public_url(endpoint, token=token) if endpoint else token)


def find_problem(email: str) -> str | None:
    """Return why this address cannot be invited, or `None`."""
    if current_app.config["REGISTRATION"] == "closed":
        return "REGISTRATION=closed: nobody can register. Set it to invited, or run create-member."
    if not current_app.config.get("PUBLIC_URL"):
        return "PUBLIC_URL is not set. The link contains it; .env.example explains it."
    if is_registered(email):
        return f"{email} is already registered."
    return None
