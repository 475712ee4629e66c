"""The clock of the database's machine, which should be ours."""

import time
from collections.abc import Iterator

from flask import Config
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service.core.checks import Check
from service.extensions import db

MOST_SECONDS_APART = 5


def clock_check(statement: str) -> Check:
    """Return the check, with the statement that asks for the seconds since 1970."""

    def clocks_apart(_config: Config) -> Iterator[str]:
        try:
            theirs = float(db.session.scalar(text(statement)))
        except SQLAlchemyError:
            # That the database is away is found by another check.
            db.session.rollback()
            return
        if (apart := abs(theirs - time.time())) > MOST_SECONDS_APART:
            yield f"They are {apart:.0f} s apart. Let both machines ask a time server (NTP)."

    return Check("our clock and the database's agree", clocks_apart, needs_database=True)
