"""How often somebody may try in vain, counted in the database for all processes together.

An attempt to log in is counted before the password is looked at, so that many at the same moment
are not all let through, and taken back when it succeeds. Who tries too often waits, each time
twice as long, and is never shut out for good (ASVS 5.0, 6.1.1 and 6.3.1). Three counts:

- for one account from one network: what a person mistypes, and what a guesser begins with;
- for one network, whatever the account: many accounts, each tried with a few passwords;
- for one account, whatever the network: many machines that guess together. It does not hold for
  a network from which the member has logged in lately, so nobody can lock members out of where
  they usually are. Elsewhere, many machines can make them wait.

A fourth counts who registers, because the answer tells whether an e-mail is taken, and a password
is hashed each time.

Whoever counts locks the rows first, always in the same order. Where rows have no locks, one
transaction writes at a time, which does the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from service.accounts.models import Throttle
from service.core.logs import log
from service.extensions import db

TRIES_FOR_ACCOUNT_FROM_NETWORK = 10
TRIES_FROM_NETWORK = 100
TRIES_FOR_ACCOUNT = 100
REGISTRATIONS_FROM_NETWORK = 100
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
# From the first try on, not from the last: on a network of many, somebody mistypes every day.
FORGOTTEN_AFTER = timedelta(days=1)


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

    def limits(self) -> dict[str, int]:
        """Return the key of each count that this attempt adds to, with how many tries are free."""
        limits = {
            _key("both", self.email, self.network): TRIES_FOR_ACCOUNT_FROM_NETWORK,
            _key("network", self.network): TRIES_FROM_NETWORK,
        }
        return (
            limits if self.is_known else {**limits, _key("account", self.email): TRIES_FOR_ACCOUNT}
        )


@dataclass(frozen=True)
class Registration:
    """Somebody who wants to become a member, from this network."""

    network: str

    def limits(self) -> dict[str, int]:
        """Return the key of the count that this adds to, with how many are free."""
        return {_key("registration", self.network): REGISTRATIONS_FROM_NETWORK}


def admit(attempt: Attempt | Registration, at: datetime) -> None:
    """Count an attempt; raise `TooManyAttemptsError`, and count nothing, where it must wait."""
    limits = attempt.limits()
    counts = _counts(limits, at)
    # A longer wait than the longest was set by a clock that was wrong.
    ends = [count.blocked_until for count in counts.values()]
    if waits := [end - at for end in ends if end and at < end <= at + LONGEST_WAIT]:
        db.session.rollback()
        log.warning("excess_rate_limit_exceeded", network=attempt.network)
        raise TooManyAttemptsError(ceil(max(waits).total_seconds()))
    for key, count in counts.items():
        if count.began_at < at - FORGOTTEN_AFTER:
            count.failures, count.began_at = 0, at
        count.failures += 1
        excess = count.failures - limits[key]
        count.blocked_until = at + _wait(excess) if excess >= 0 else None
    db.session.commit()


def take_back(attempt: Attempt) -> None:
    """Forget the attempts on this account; of those from this network, only this one.

    Else whoever has an account could try others without end, with a login of their own between.
    """
    for key, count in _locked(attempt.limits()).items():
        is_of_network = key == _key("network", attempt.network)
        count.failures = max(count.failures - 1, 0) if is_of_network else 0
        count.blocked_until = None
    db.session.commit()


def purge_throttles(at: datetime) -> None:
    """Delete the counts that are forgotten."""
    db.session.execute(delete(Throttle).where(Throttle.began_at < at - FORGOTTEN_AFTER))
    db.session.commit()


def _counts(keys: Iterable[str], at: datetime) -> dict[str, Throttle]:
    while missing := set(keys) - (counts := _locked(keys)).keys():
        db.session.rollback()
        for key in missing:
            _begin(key, at)
    return counts


def _locked(keys: Iterable[str]) -> dict[str, Throttle]:
    rows = select(Throttle).where(Throttle.key.in_(keys)).order_by(Throttle.key).with_for_update()
    newest = {"populate_existing": True}
    return {count.key: count for count in db.session.scalars(rows, execution_options=newest)}


def _begin(key: str, at: datetime) -> None:
    # In a transaction of its own: one that made several rows could wait for another for ever.
    try:
        db.session.execute(insert(Throttle).values(key=key, began_at=at))
        db.session.commit()
    except IntegrityError:
        # Another one has made it at the same moment.
        db.session.rollback()


def _wait(excess: int) -> timedelta:
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(excess, 10))


def _key(*parts: str) -> str:
    # What is typed by mistake into the field of the e-mail may be a password.
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
