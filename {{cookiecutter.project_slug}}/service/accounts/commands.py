"""The commands for members: `create-member`, `disable-member` and `purge-sessions`."""

from collections.abc import Callable
from secrets import token_urlsafe

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from service.accounts import members
from service.accounts.models import Member
from service.accounts.rules import EMAIL, NAME, PASSWORD
from service.accounts.sessions import purge_sessions
from service.accounts.throttle import purge_throttles
from service.core.columns import now
from service.core.database import told_plainly
from service.core.text import TextRule
from service.extensions import db


def kept(rule: TextRule) -> Callable[[str], str]:
    """Return what reads an argument that keeps to the rule, or says what is wrong with it."""

    def text(value: str) -> str:
        cleaned = rule.clean(value)
        if problem := rule.problem(cleaned):
            raise click.BadParameter(problem)
        return cleaned

    return text


@click.command("create-member")
@click.argument("email", type=kept(EMAIL))
@click.argument("name", type=kept(NAME))
@click.option("--random-password", is_flag=True, help="Print a password instead of asking for one.")
@with_appcontext
@told_plainly()
def create_member(email: str, name: str, random_password: bool) -> None:
    """Create a member, with a password that is asked for."""
    password = token_urlsafe(16) if random_password else ask_password()
    try:
        members.register(email, name, password)
    except members.RefusedError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{name} can log in as {email}.")
    if random_password:
        click.echo(f"Password: {password}")


def ask_password() -> str:
    """Ask twice for a password; it never stands on the command line, where others can see it."""
    return click.prompt(
        "Password", hide_input=True, confirmation_prompt=True, value_proc=kept(PASSWORD)
    )


@click.command("disable-member")
@click.argument("email", type=kept(EMAIL))
@with_appcontext
@told_plainly()
def disable_member(email: str) -> None:
    """Let a member log in no more, and end all their sessions."""
    member = db.session.scalar(select(Member).where(Member.email == email))
    if not member:
        raise click.ClickException(f"Nobody has registered as {email}.")
    members.disable(member, now())
    click.echo(f"{email} can log in no more.")


@click.command("purge-sessions")
@with_appcontext
@told_plainly()
def purge() -> None:
    """Delete sessions and counts of attempts that have expired; run it once a day."""
    at = now()
    click.echo(f"Deleted {purge_sessions(at)} expired sessions.")
    purge_throttles(at)
