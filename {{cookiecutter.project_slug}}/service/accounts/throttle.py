"""How often somebody may try in vain to log in, counted in the database for all processes.

An attempt is counted before the password is looked at, so that many at the same moment are not
all let through, and taken back when it succeeds. Who tries too often waits, each time twice as
long, and is never shut out for good (ASVS 5.0, 6.1.1 and 6.3.1). Three counts:

- for one account from one network: what a person mistypes, and what a guesser begins with;
- for one network, whatever the account: many accounts, each tried with a few passwords;
- for one account, whatever the network: many machines that guess together. It does not hold for
  a network from which the member has logged in before, so that nobody can lock a member out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.accounts.models import Throttle
from service.extensions import db

TRIES_FOR_ACCOUNT_FROM_NETWORK = 10
TRIES_FROM_NETWORK = 100
TRIES_FOR_ACCOUNT = 100
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
# How many others may count at the same moment before this one gives way.
ROUNDS = 20
COLUMNS = (Throttle.key, Throttle.failures, Throttle.tried_at, Throttle.blocked_until)


class TooManyAttemptsError(Exception):
    """There were too many; `seconds` from now is the next one."""

    def __init__(self, seconds: int) -> None:
        """Keep how long to wait."""
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Attempt:
    """Somebody who tries to log in: for which e-mail, and from which network.

    `is_known` tells whether the member has logged in from there before.
    """

    email: str
    network: str
    is_known: bool

    def limits(self) -> Iterator[tuple[str, int]]:
        """Yield the key of each count that this attempt adds to, and how many tries are free."""
        yield _key("both", self.email, self.network), TRIES_FOR_ACCOUNT_FROM_NETWORK
        yield _key("network", self.network), TRIES_FROM_NETWORK
        if not self.is_known:
            yield _key("account", self.email), TRIES_FOR_ACCOUNT


def admit(attempt: Attempt, at: datetime) -> None:
    """Count an attempt; raise `TooManyAttemptsError`, and count nothing, where it must wait."""
    for _round in range(ROUNDS):
        try:
            if _count(attempt, at):
                db.session.commit()
                return
        except IntegrityError:
            # Another one has made the row at the same moment.
            pass
        db.session.rollback()
    raise TooManyAttemptsError(1)


def take_back(attempt: Attempt) -> None:
    """Forget the attempts on this account; of those from this network, only this one.

    Else whoever has an account could try others without end, with a login of their own between.
    """
    network = _key("network", attempt.network)
    keys = [key for key, _tries in attempt.limits() if key != network]
    db.session.execute(delete(Throttle).where(Throttle.key.in_(keys)))
    db.session.execute(
        update(Throttle).where(Throttle.key == network).values(failures=Throttle.failures - 1)
    )
    db.session.commit()


def purge_throttles(at: datetime) -> None:
    """Delete the counts that are forgotten."""
    db.session.execute(delete(Throttle).where(Throttle.tried_at < at - FORGOTTEN_AFTER))
    db.session.commit()


def _count(attempt: Attempt, at: datetime) -> bool:
    limits = dict(attempt.limits())
    rows = db.session.execute(select(*COLUMNS).where(Throttle.key.in_(limits))).all()
    blocked = [row.blocked_until for row in rows if row.blocked_until > at]
    if blocked:
        db.session.rollback()
        raise TooManyAttemptsError(ceil((max(blocked) - at).total_seconds()))
    counts = {row.key: row for row in rows}
    return all(_count_one(key, tries, counts.get(key), at) for key, tries in limits.items())


def _count_one(key: str, tries: int, count: Row[*tuple[Any, ...]] | None, at: datetime) -> bool:
    is_forgotten = count is None or count.tried_at < at - FORGOTTEN_AFTER
    failures = 1 if count is None or is_forgotten else count.failures + 1
    values = {"failures": failures, "tried_at": at, "blocked_until": at + _wait(failures, tries)}
    if count is None:
        db.session.execute(insert(Throttle).values(key=key, **values))
        return True
    # Only where nobody else has counted meanwhile.
    is_same = and_(Throttle.key == key, Throttle.failures == count.failures)
    changed = db.session.connection().execute(update(Throttle).where(is_same).values(**values))
    return changed.rowcount == 1


def _wait(failures: int, tries: int) -> timedelta:
    if failures < tries:
        return timedelta(0)
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(failures - tries, 10))


def _key(*parts: str) -> str:
    # What is typed by mistake into the field of the e-mail may be a password.
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
