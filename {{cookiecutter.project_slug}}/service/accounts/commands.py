"""Commands that create, disable and enable members, set passwords and end sessions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_urlsafe

import click
import structlog
from flask.cli import with_appcontext
from sqlalchemy import select

from service.accounts import authentication, deletion
from service.accounts.jobs import purge_expired
from service.accounts.models import Member
from service.accounts.names import NAME
from service.accounts.rules import EMAIL, PASSWORD
from service.accounts.sessions import revoke_sessions
from service.database.columns import now
from service.database.engine import cli_database_errors
from service.extensions import db
from service.web.fields import TextRule

log = structlog.get_logger()


def text_type(rule: TextRule) -> Callable[[str], str]:
    """Return a function for click's `type`, which cleans and validates a value with the rule."""

    def convert(value: str) -> str:
        text = rule.clean(value)
        if message := rule.error_message(text):
            raise click.BadParameter(message)
        return text

    return convert


email_argument = click.argument("email", type=text_type(EMAIL))
random_password_option = click.option(
    "--random-password",
    is_flag=True,
    help="Generate and print a password instead of prompting for one.",
)


@click.command("create-member")
@email_argument
@click.argument("name", type=text_type(NAME))
@random_password_option
@with_appcontext
@cli_database_errors()
def create_member(email: str, name: str, random_password: bool) -> None:
    """Create a member; prompts for a password unless --random-password is given."""
    password = choose_password(random_password)
    with cli_field_errors():
        authentication.register(email, name, password)
    click.echo(f"Created {name} ({email}).")
    if random_password:
        click.echo(f"Password: {password}")


@click.command("set-password")
@email_argument
@random_password_option
@with_appcontext
@cli_database_errors()
def set_password(email: str, random_password: bool) -> None:
    """Set a member's password, revoke all their sessions and end a lockout of the account."""
    member = find_member(email)
    if member.disabled_at:
        raise click.ClickException(
            f"{describe(member)} is disabled. "
            f"Enable the account first: flask --app service enable-member {email}"
        )
    # No transaction may be open while the command waits for input.
    db.session.rollback()
    password = choose_password(random_password)
    with cli_field_errors():
        authentication.set_password(member, password, now())
    click.echo(f"Set the password of {describe(member)} and revoked all sessions.")
    if random_password:
        click.echo(f"Password: {password}")


@click.command("disable-member")
@email_argument
@with_appcontext
@cli_database_errors()
def disable_member(email: str) -> None:
    """Disable the member with this email address and revoke all their sessions."""
    member = find_member(email)
    if member.disabled_at:
        raise click.ClickException(f"{describe(member)} is already disabled.")
    authentication.disable(member, now())
    click.echo(f"Disabled {describe(member)}.")


@click.command("enable-member")
@email_argument
@with_appcontext
@cli_database_errors()
def enable_member(email: str) -> None:
    """Enable a disabled member, who can then log in again."""
    member = find_member(email)
    if not member.disabled_at:
        raise click.ClickException(f"{describe(member)} is not disabled.")
    authentication.enable(member)
    click.echo(f"Enabled {describe(member)}.")


@click.command("delete-member")
@email_argument
@click.option(
    "--posts",
    type=click.Choice([posts.value for posts in deletion.Posts]),
    default=deletion.Posts.KEEP.value,
    show_default=True,
    help="Whether the member's questions, answers and votes stay.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@with_appcontext
@cli_database_errors()
def delete_member(email: str, posts: str, yes: bool) -> None:
    """Delete a member's account and personal data. It cannot be undone."""
    member = find_member(email)
    member_id, description = member.id, describe(member)
    # No transaction may be open while the command waits for input.
    db.session.rollback()
    if not yes:
        click.confirm(f"Delete {description}?", abort=True)
    deletion.delete_account(member_id, deletion.Posts(posts), now())
    click.echo(f"Deleted {description}.")


@click.command("revoke-sessions")
@email_argument
@with_appcontext
@cli_database_errors()
def revoke(email: str) -> None:
    """Log a member out everywhere: revoke all their sessions."""
    member = find_member(email)
    revoke_sessions(member.id, now())
    log.info("session_expired", member_id=member.id, reason="revoked by a command")
    click.echo(f"Revoked all sessions of {describe(member)}.")


@click.command("purge-sessions")
@with_appcontext
@cli_database_errors()
def purge() -> None:
    """Delete expired sessions, tokens and throttles (attempt counters). Run it once a day."""
    click.echo(f"Expired sessions deleted: {purge_expired()}")


def choose_password(random_password: bool) -> str:
    """Return a random password, or one that is prompted for twice."""
    if random_password:
        return token_urlsafe(16)
    # Prompted for, because other users of the machine can see command-line arguments.
    password: str = click.prompt(
        "Password", hide_input=True, confirmation_prompt=True, value_proc=text_type(PASSWORD)
    )
    return password


def find_member(email: str) -> Member:
    """Return the member with this email address; without one, end the command with a message."""
    if member := db.session.scalar(select(Member).where(Member.email == email)):
        return member
    raise click.ClickException(f"No member has the email address {email}.")


def describe(member: Member) -> str:
    """Return the name and the email address of a member for a message."""
    return f"{member.name} ({member.email})"


@contextmanager
def cli_field_errors() -> Iterator[None]:
    """Turn an `InvalidFieldError` in a command into one line on the terminal, and exit status 1."""
    try:
        yield
    except authentication.InvalidFieldError as error:
        raise click.ClickException(error.message) from error
