"""Checks of an installation, and the `doctor` command that runs them.

Each package registers its own checks in `init_app`. In production, the checks without
`needs_server` also run when the application starts, and their problems are logged.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import structlog
from flask import Config, Flask, current_app
from flask.cli import with_appcontext

from service.config.rules import is_production
from service.config.settings import ROOT

log = structlog.get_logger()


@dataclass(frozen=True)
class Check:
    """A check of the installation.

    `subject` states what should be true. `find_problems` returns a message for each problem, with
    how to fix it. `needs_server` is whether it connects to the database or the mail server.
    """

    subject: str
    find_problems: Callable[[Config], Iterable[str]]
    needs_server: bool = False


def init_app(app: Flask) -> None:
    """Register the `doctor` command, and the check of `.env`."""
    app.extensions["checks"] = [Check("only the owner can read .env", check_env_permissions)]
    app.cli.add_command(doctor)


def add_check(app: Flask, check: Check) -> None:
    """Register a check. Checks run in the order in which they were registered."""
    app.extensions["checks"].append(check)


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check this installation and say how to fix what is wrong. Exits with 1 on any problem."""
    is_healthy = True
    for check in current_app.extensions["checks"]:
        problems = list(check.find_problems(current_app.config))
        mark = click.style("FAIL", fg="red") if problems else click.style("ok  ", fg="green")
        click.echo(f"{mark} {check.subject}")
        for problem in problems:
            click.echo(f"     {problem}")
        is_healthy = is_healthy and not problems
    if not is_production(current_app.config):
        click.echo("Not checked, because APP_ENV is not production: the settings for production.")
    if not is_healthy:
        raise SystemExit(1)


def warn_in_production(app: Flask) -> None:
    """In production, log the problems that checks find without the database and the mail server."""
    if not is_production(app.config):
        return
    with app.app_context():
        for check in app.extensions["checks"]:
            if not check.needs_server:
                for problem in check.find_problems(app.config):
                    log.warning("check_failed", subject=check.subject, problem=problem)


def check_env_permissions(_config: Config, path: Path = ROOT / ".env") -> Iterator[str]:
    """Yield a problem if other users of this machine can read the secrets in `.env`."""
    # On Windows, `os.stat` does not report who can read a file.
    if os.name != "nt" and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield f"Other users of this machine can read it. Run: chmod 600 {path}"
