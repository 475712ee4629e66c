"""Login throttling: thresholds, lockouts and the observation window."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from service.accounts.login_throttle import (
    ACCOUNT_AND_NETWORK_THRESHOLD,
    ACCOUNT_THRESHOLD,
    FIRST_LOCKOUT,
    MAX_LOCKOUT,
    NETWORK_THRESHOLD,
    OBSERVATION_WINDOW,
    REGISTRATION_THRESHOLD,
    Attempt,
    TooManyAttemptsError,
    clear_attempts,
    record_attempt,
    registration_attempt,
)
from service.accounts.models import Throttle
from service.extensions import db
from tests.accounts.member_actions import (
    HOME_NETWORK,
    NOW,
    OTHER_NETWORK,
    kims_attempt,
    seconds_to_wait,
)
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("app_context")

SECOND = timedelta(seconds=1)


def record_attempts(
    count: int, make_attempt: Callable[[int], Attempt] = lambda _number: kims_attempt()
) -> int:
    """Record `count` attempts, one after the other, at time `NOW`; return how many were allowed."""
    return [seconds_to_wait(make_attempt(number)) for number in range(count)].count(0)


def attempt_on_other_account(number: int) -> Attempt:
    """Return an attempt on a different account for each number."""
    return kims_attempt(f"member{number}@example.com")


def attempt_from_other_network(number: int) -> Attempt:
    """Return an attempt from a different network for each number."""
    return kims_attempt(network=f"10.0.{number}.0/24")


def set_attempts(counter: int, attempts: int) -> None:
    """Set one of the counters of Kim's login from the home network, by its index."""
    key = list(kims_attempt().thresholds)[counter]
    db.session.add(Throttle(key=key, attempts=attempts, began_at=NOW))
    db.session.commit()


# The indexes of two counters in `Attempt.thresholds`.
NETWORK_COUNTER, ACCOUNT_COUNTER = 1, 2


def test_attempts_up_to_the_threshold_are_allowed() -> None:
    assert record_attempts(20) == ACCOUNT_AND_NETWORK_THRESHOLD


def test_lockout_doubles_with_each_attempt() -> None:
    record_attempts(ACCOUNT_AND_NETWORK_THRESHOLD)
    at, waits = NOW, []
    for _number in range(8):
        waits.append(seconds_to_wait(kims_attempt(), at))
        at += timedelta(seconds=waits[-1])
        assert seconds_to_wait(kims_attempt(), at) == 0

    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_lockout_ends_after_the_reported_time() -> None:
    record_attempts(ACCOUNT_AND_NETWORK_THRESHOLD)

    assert seconds_to_wait(kims_attempt(), NOW + FIRST_LOCKOUT - SECOND) == 1
    assert seconds_to_wait(kims_attempt(), NOW + FIRST_LOCKOUT) == 0


def test_attempt_during_a_lockout_is_not_counted() -> None:
    set_attempts(NETWORK_COUNTER, NETWORK_THRESHOLD - ACCOUNT_AND_NETWORK_THRESHOLD - 1)
    record_attempts(ACCOUNT_AND_NETWORK_THRESHOLD + 10)

    assert seconds_to_wait(kims_attempt()) == int(FIRST_LOCKOUT.total_seconds())
    assert seconds_to_wait(attempt_on_other_account(0)) == 0


def test_lockout_is_logged(log: Log) -> None:
    record_attempts(ACCOUNT_AND_NETWORK_THRESHOLD + 1)

    [event] = log()
    assert (event["event"], event["network"]) == ("authn_login_lock", HOME_NETWORK)


def test_attempts_on_many_accounts_from_one_network_are_limited() -> None:
    set_attempts(NETWORK_COUNTER, NETWORK_THRESHOLD - 5)

    assert record_attempts(10, attempt_on_other_account) == 5


def test_attempts_on_one_account_from_many_networks_are_limited() -> None:
    set_attempts(ACCOUNT_COUNTER, ACCOUNT_THRESHOLD - 5)

    assert record_attempts(10, attempt_from_other_network) == 5


def test_lockout_applies_to_one_network_only() -> None:
    record_attempts(100)

    assert seconds_to_wait(kims_attempt(network=OTHER_NETWORK)) == 0


def test_distributed_attempts_do_not_lock_out_a_known_network() -> None:
    set_attempts(ACCOUNT_COUNTER, ACCOUNT_THRESHOLD - 1)
    record_attempts(5, attempt_from_other_network)

    assert seconds_to_wait(kims_attempt(network=OTHER_NETWORK)) > 0
    assert seconds_to_wait(kims_attempt(network=OTHER_NETWORK, is_known_network=True)) == 0


def test_known_network_has_the_same_threshold_for_an_account() -> None:
    allowed_count = record_attempts(20, lambda _number: kims_attempt(is_known_network=True))

    assert allowed_count == ACCOUNT_AND_NETWORK_THRESHOLD


def test_successful_login_resets_the_account_counters() -> None:
    record_attempts(ACCOUNT_AND_NETWORK_THRESHOLD - 1)

    record_attempt(kims_attempt(), NOW)
    clear_attempts(kims_attempt())

    assert record_attempts(20) == ACCOUNT_AND_NETWORK_THRESHOLD


def test_login_to_one_account_does_not_reset_attempts_on_others() -> None:
    set_attempts(NETWORK_COUNTER, NETWORK_THRESHOLD - 5)
    own = kims_attempt("attacker@example.com")
    allowed_count = 0
    for number in range(10):
        if seconds_to_wait(own) == 0:
            clear_attempts(own)
        allowed_count += seconds_to_wait(attempt_on_other_account(number)) == 0

    assert allowed_count == 5


def test_successful_login_does_not_lock_the_network_out() -> None:
    set_attempts(NETWORK_COUNTER, NETWORK_THRESHOLD - 1)

    record_attempt(kims_attempt(), NOW)
    clear_attempts(kims_attempt())

    assert seconds_to_wait(attempt_on_other_account(0)) == 0


def test_login_from_a_known_network_keeps_the_account_counter() -> None:
    set_attempts(ACCOUNT_COUNTER, ACCOUNT_THRESHOLD - 1)
    record_attempts(1, attempt_from_other_network)

    record_attempt(kims_attempt(is_known_network=True), NOW)
    clear_attempts(kims_attempt(is_known_network=True))

    assert seconds_to_wait(kims_attempt(network=OTHER_NETWORK)) > 0


def test_attempts_are_reset_after_the_observation_window() -> None:
    record_attempts(ACCOUNT_AND_NETWORK_THRESHOLD)

    tomorrow = NOW + OBSERVATION_WINDOW + SECOND
    waits = [
        seconds_to_wait(kims_attempt(), tomorrow)
        for _number in range(ACCOUNT_AND_NETWORK_THRESHOLD)
    ]

    assert set(waits) == {0}


def test_later_attempts_do_not_extend_the_observation_window() -> None:
    # In a large network, for example of a school, mistyped passwords occur every day.
    set_attempts(NETWORK_COUNTER, NETWORK_THRESHOLD - 1)
    seconds_to_wait(attempt_on_other_account(0), NOW + OBSERVATION_WINDOW - SECOND)

    tomorrow = NOW + OBSERVATION_WINDOW + timedelta(minutes=1)
    waits = [
        seconds_to_wait(kims_attempt(), tomorrow)
        for _number in range(ACCOUNT_AND_NETWORK_THRESHOLD)
    ]

    assert set(waits) == {0}


def test_wrong_clock_does_not_cause_a_longer_lockout() -> None:
    tomorrow = NOW + timedelta(days=1)
    for _number in range(ACCOUNT_AND_NETWORK_THRESHOLD + 1):
        seconds_to_wait(kims_attempt(), tomorrow)

    assert seconds_to_wait(kims_attempt()) <= MAX_LOCKOUT.total_seconds()


def test_small_clock_skew_does_not_cause_a_lockout() -> None:
    # The clocks of two machines differ, or the earlier of two requests is counted last.
    assert seconds_to_wait(kims_attempt(), NOW + SECOND) == 0
    assert seconds_to_wait(kims_attempt(), NOW) == 0


def test_thresholds_of_a_network_are_multiplied(make_app: Callable[..., Flask]) -> None:
    with make_app(RATELIMIT_MULTIPLIER="3").app_context():
        [registrations] = registration_attempt(HOME_NETWORK).thresholds.values()
        per_account, per_network, all_networks = kims_attempt().thresholds.values()

    assert registrations == 3 * REGISTRATION_THRESHOLD
    assert (per_account, per_network) == (ACCOUNT_AND_NETWORK_THRESHOLD, 3 * NETWORK_THRESHOLD)
    assert all_networks == ACCOUNT_THRESHOLD


def test_registrations_of_a_network_are_limited(log: Log) -> None:
    key = next(iter(registration_attempt(HOME_NETWORK).thresholds))
    db.session.add(Throttle(key=key, attempts=REGISTRATION_THRESHOLD - 1, began_at=NOW))
    db.session.commit()

    record_attempt(registration_attempt(HOME_NETWORK), NOW)

    with pytest.raises(TooManyAttemptsError):
        record_attempt(registration_attempt(HOME_NETWORK), NOW)
    record_attempt(registration_attempt(OTHER_NETWORK), NOW)
    assert [event["event"] for event in log()] == ["excess_rate_limit_exceeded"]
