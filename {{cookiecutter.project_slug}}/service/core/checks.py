"""What can be wrong with an installation: each package adds its checks when it starts.

`flask --app service doctor` makes them all. The start of a service in production makes those that
need no database, and says in the log what is not well; what it must not run with at all has stopped
it before (`service/production.py`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Config, Flask

from service.core.logs import log
from service.production import RULES, is_production


@dataclass(frozen=True)
class Check:
    """One thing to look at. `problems` gives a sentence, with the cure, for what is not well."""

    subject: str
    problems: Callable[[Config], Iterable[str]]
    needs_database: bool = False


def init_app(app: Flask) -> None:
    """Begin the list of checks with what every service has to keep to."""
    app.extensions["checks"] = [Check(subject, rule) for subject, rule in RULES.items()]


def add_check(app: Flask, check: Check) -> None:
    """Add a check behind those that are there: the order is that in which to cure."""
    app.extensions["checks"].append(check)


def checks(app: Flask) -> list[Check]:
    """Return every check."""
    found: list[Check] = app.extensions["checks"]
    return found


def warn_in_production(app: Flask) -> None:
    """Say in the log what is not well."""
    if not is_production(app.config):
        return
    with app.app_context():
        for check in checks(app):
            if not check.needs_database:
                for problem in check.problems(app.config):
                    log.warning("not_well", subject=check.subject, problem=problem)
