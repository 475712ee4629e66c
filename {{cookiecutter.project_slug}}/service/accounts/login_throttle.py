"""Login throttling: the database counts login attempts, so that all processes share the counters.

An attempt to log in is counted before the password is verified, so that concurrent attempts cannot
exceed the threshold. A successful login resets the counters of the account. Above a threshold the
client is locked out for a period that doubles with each further attempt, but never permanently
(ASVS 5.0, 6.1.1 and 6.3.1). Three counters limit logins:

- For an account and a network: limits mistyped passwords and simple guessing.
- For a network and all accounts: limits password spraying.
- For an account and all networks: limits distributed guessing. This counter does not apply to a
  known network of the member, so an attacker cannot lock members out of their usual networks. On
  other networks, an attacker can cause a lockout of the member.

A network is known if the database contains a session of the member from it, even a revoked one. It
stays known until `purge-sessions` deletes that session, at the earliest 30 days after the login.

Another counter limits registrations from a network, because the response reveals whether an email
address is registered, and because each registration hashes a password.

The rows of the counters are locked before they are changed, so that concurrent attempts are counted
one after the other. They are locked in the order of their keys, to avoid deadlocks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil

import structlog
from flask import current_app
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from service.accounts.models import Throttle
from service.extensions import db

log = structlog.get_logger()

# Attempts that are allowed before a lockout. `RATELIMIT_MULTIPLIER` multiplies those of a network,
# which many people may share.
ACCOUNT_AND_NETWORK_THRESHOLD = 10
NETWORK_THRESHOLD = 100
ACCOUNT_THRESHOLD = 100
REGISTRATION_THRESHOLD = 100
# For mails that anyone can request for an address. An attacker can reach the limit, but the member
# receives these mails and can use the last one.
MAIL_THRESHOLD = 5
FIRST_LOCKOUT = timedelta(seconds=15)
MAX_LOCKOUT = timedelta(minutes=15)
# Begins with the first attempt, not with the last one. Otherwise one mistyped password a day in a
# large network would prevent the counter from ever being reset.
OBSERVATION_WINDOW = timedelta(days=1)


class TooManyAttemptsError(Exception):
    """The client is locked out for another `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked out for {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Attempt:
    """An attempt to log in or to register from a network.

    `thresholds` maps the key of each counter of the attempt to the threshold of this counter.
    """

    network: str
    thresholds: dict[str, int]
    # The event to log during a lockout, from the OWASP Logging Vocabulary.
    lockout_event: str


def login_attempt(email: str, network: str, *, is_known_network: bool) -> Attempt:
    """Return an attempt to log in with an email address, which may be unregistered.

    `is_known_network` is whether the database contains a session of the member from this network.
    """
    thresholds = {
        _counter_key(email, network): ACCOUNT_AND_NETWORK_THRESHOLD,
        _counter_key("network", network): _multiplied(NETWORK_THRESHOLD),
    }
    if not is_known_network:
        thresholds[_counter_key(email, "all networks")] = ACCOUNT_THRESHOLD
    return Attempt(network, thresholds, "authn_login_lock")


def registration_attempt(network: str) -> Attempt:
    """Return an attempt to register from a network."""
    thresholds = {_counter_key("registration", network): _multiplied(REGISTRATION_THRESHOLD)}
    return Attempt(network, thresholds, "excess_rate_limit_exceeded")


def mail_attempt(email: str, network: str) -> Attempt:
    """Return an attempt to have a mail sent to an address, which may be unregistered."""
    thresholds = {
        _counter_key("mail to", email): MAIL_THRESHOLD,
        _counter_key("mail from", network): _multiplied(REGISTRATION_THRESHOLD),
    }
    return Attempt(network, thresholds, "excess_rate_limit_exceeded")


def record_attempt(attempt: Attempt, at: datetime) -> None:
    """Count an attempt, and commit.

    During a lockout, the attempt is not counted and `TooManyAttemptsError` is raised.
    """
    rows = _lock_or_create_rows(attempt.thresholds, at)
    lockout_ends = [row.locked_until for row in rows.values()]
    # A lockout longer than the maximum is ignored: a machine with a wrong clock has recorded it.
    if waits := [end - at for end in lockout_ends if end and at < end <= at + MAX_LOCKOUT]:
        db.session.rollback()
        log.warning(attempt.lockout_event, network=attempt.network)
        raise TooManyAttemptsError(ceil(max(waits).total_seconds()))
    for key, row in rows.items():
        if row.began_at < at - OBSERVATION_WINDOW:
            row.attempts, row.began_at = 0, at
        row.attempts += 1
        excess = row.attempts - attempt.thresholds[key]
        row.locked_until = at + _lockout_duration(excess) if excess >= 0 else None
    db.session.commit()


def clear_attempts(attempt: Attempt) -> None:
    """Reset the counters of the account after a successful login. Commits.

    Only one is subtracted from the counter of the network. If a login reset this counter, attackers
    could log in to their own account from time to time and guess the passwords of other members
    without limit.
    """
    network_key = _counter_key("network", attempt.network)
    for key, row in _lock_rows(attempt.thresholds).items():
        row.attempts = max(row.attempts - 1, 0) if key == network_key else 0
        row.locked_until = None
    db.session.commit()


def end_lockout(email: str) -> None:
    """Delete the counters of an account for all networks. The caller must commit."""
    of_account = Throttle.key.startswith(_hash(email))
    db.session.execute(delete(Throttle).where(of_account))


def purge_throttles(at: datetime) -> None:
    """Delete counters whose observation window has ended. Commits."""
    db.session.execute(delete(Throttle).where(Throttle.began_at < at - OBSERVATION_WINDOW))
    db.session.commit()


def _lock_or_create_rows(keys: Iterable[str], at: datetime) -> dict[str, Throttle]:
    while missing := set(keys) - (rows := _lock_rows(keys)).keys():
        db.session.rollback()
        for key in missing:
            # One transaction per row: transactions that insert several rows can deadlock.
            try:
                db.session.execute(insert(Throttle).values(key=key, began_at=at))
                db.session.commit()
            except IntegrityError:
                # A concurrent request has created this row.
                db.session.rollback()
    return rows


def _lock_rows(keys: Iterable[str]) -> dict[str, Throttle]:
    statement = select(Throttle).where(Throttle.key.in_(keys)).order_by(Throttle.key)
    # Overwrite rows that `db.session` loaded before they were locked.
    options = {"populate_existing": True}
    rows = db.session.scalars(statement.with_for_update(), execution_options=options)
    return {row.key: row for row in rows}


def _lockout_duration(excess: int) -> timedelta:
    return min(MAX_LOCKOUT, FIRST_LOCKOUT * 2 ** min(excess, 10))


def _multiplied(threshold: int) -> int:
    return threshold * int(current_app.config["RATELIMIT_MULTIPLIER"])


def _counter_key(subject: str, detail: str) -> str:
    """Return two hashes: the keys of all counters of an account begin with the same hash."""
    return _hash(subject) + _hash(detail)


def _hash(text: str) -> str:
    # Hashed, because people sometimes enter their password in the email field.
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
