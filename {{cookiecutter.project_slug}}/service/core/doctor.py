"""What the ground floor looks at when somebody asks the doctor; `checks.py` has the list."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from flask import Config, Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service.config import ROOT
from service.core.checks import Check, add_check
from service.core.counts import Counts
from service.core.migrations import current_revisions, known_revisions, newest_revisions
from service.core.rates import is_redis
from service.extensions import db
from service.production import is_production


def init_app(app: Flask) -> None:
    """Add the checks."""
    for check in (
        Check("`.env` is for its owner's eyes only", lambda _: open_file(ROOT / ".env")),
        Check("the proxies in front are counted", uncounted_proxies),
        Check("limits hold for all workers together", limits_apart),
        Check("the Redis of the limits answers", silent_redis),
        Check("there is a connection for each thread", scarce_connections),
        Check("the database answers", silent_database, needs_database=True),
        Check("the database has the newest tables", old_tables, needs_database=True),
    ):
        add_check(app, check)


def open_file(path: Path) -> Iterator[str]:
    """Yield that other users of this machine could read the secrets."""
    # Windows has no such modes.
    if os.name != "nt" and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield f"chmod 600 {path}"


def uncounted_proxies(config: Config) -> Iterator[str]:
    """Yield that nobody is believed, though production needs a proxy in front."""
    if is_production(config) and not config["PROXY_HOPS"]:
        yield (
            "PROXY_HOPS is 0: all clients seem to be one, and none to come over HTTPS. "
            "Set it to the number of proxies in front, 1 as a rule."
        )


def limits_apart(config: Config) -> Iterator[str]:
    """Yield that a client may do more than the limits say."""
    if is_production(config) and not config["RATELIMIT_ENABLED"]:
        yield "RATELIMIT_ENABLED is off: anybody may do anything as often as they can. Set it to 1."
    is_apart = not is_redis(config["RATELIMIT_STORAGE_URI"]) and config["WEB_CONCURRENCY"] > 1
    if is_production(config) and is_apart:
        yield "RATELIMIT_STORAGE_URI is the memory of each worker. Name a Redis that they share."


def silent_redis(config: Config) -> Iterator[str]:
    """Yield that each worker counts for itself, because nobody answers."""
    counts: Counts = current_app.extensions["counts"]
    if config["RATELIMIT_ENABLED"] and not counts.shared.answers():
        yield "Start the Redis that RATELIMIT_STORAGE_URI names, or look at the address."


def scarce_connections(config: Config) -> Iterator[str]:
    """Yield that threads may wait for each other's connections."""
    connections = config["DB_POOL_SIZE"] + config["DB_MAX_OVERFLOW"]
    threads = config["WEB_THREADS"]
    if connections < threads:
        yield (
            f"{connections} connections are few for WEB_THREADS={threads}. "
            "Raise DB_POOL_SIZE or DB_MAX_OVERFLOW."
        )


def silent_database(_config: Config) -> Iterator[str]:
    """Yield that no statement comes back."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        yield (
            "Start the database server and look at DATABASE_URL or the DB_ settings; a database "
            "that does not exist yet is made by: flask --app service create-database"
        )


def old_tables(_config: Config) -> Iterator[str]:
    """Yield that the tables are not those of this code."""
    try:
        current = current_revisions()
    except SQLAlchemyError:
        db.session.rollback()
        current = None
    if unknown := (current or set()) - known_revisions():
        yield (
            f"The database has the revision {', '.join(unknown)}, which is not in migrations/. "
            "Deploy the code to which it belongs."
        )
    elif current != newest_revisions():
        yield (
            "Apply what is left: flask --app service db upgrade; where migrations/ is missing, "
            "first: flask --app service db init, and: flask --app service db migrate -m initial"
        )
