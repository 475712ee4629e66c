"""What can be wrong with an installation, and the cure of each."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service.config import PLACEHOLDER, ROOT
from service.core.migrations import current_revisions, newest_revisions
from service.extensions import db


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; the cure says what to do where it is not well."""

    subject: str
    is_well: bool
    cure: str


def findings() -> list[Finding]:
    """Return everything that was looked at, in the order in which to cure it."""
    reachable = database_answers()
    return [
        secret_key(current_app.config["SECRET_KEY"]),
        env_file(ROOT / ".env"),
        Finding(
            "the database answers",
            reachable,
            "Start the database server and look at DATABASE_URL or the DB_ settings; a database "
            "that does not exist yet is made by: flask --app service create-database",
        ),
        Finding(
            "the database has the newest tables",
            reachable and current_revisions() == newest_revisions(),
            "Apply what is left: flask --app service db upgrade; where migrations/ is missing, "
            "first: flask --app service db init, and: flask --app service db migrate -m initial",
        ),
    ]


def secret_key(key: str) -> Finding:
    """Look whether the key is one that nobody else knows."""
    return Finding(
        "SECRET_KEY is a secret",
        PLACEHOLDER not in key,
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(48))"',
    )


def env_file(path: Path) -> Finding:
    """Look whether other users of this machine could read the secrets."""
    is_private = (
        os.name == "nt" or not path.exists() or not stat.S_IMODE(path.stat().st_mode) & 0o077
    )
    return Finding(".env is readable by its owner only", is_private, "chmod 600 .env")


def database_answers() -> bool:
    """Return whether a statement comes back."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True
