"""How often somebody may try in vain to log in."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from service.accounts.models import Throttle
from service.accounts.throttle import (
    FIRST_WAIT,
    FORGOTTEN_AFTER,
    LONGEST_WAIT,
    REGISTRATIONS_FROM_NETWORK,
    TRIES_FOR_ACCOUNT,
    TRIES_FOR_ACCOUNT_FROM_NETWORK,
    TRIES_FROM_NETWORK,
    Attempt,
    Registration,
    TooManyAttemptsError,
    admit,
    take_back,
)
from service.extensions import db
from tests.accounts.kim import AT, ELSEWHERE, HOME, attempt, wait
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("context")

SECOND = timedelta(seconds=1)


def fail(count: int, make: Callable[[int], Attempt] = lambda _number: attempt()) -> int:
    """Try so often at one moment; return how many tries are let through."""
    return [wait(make(number)) for number in range(count)].count(0)


def other_account(number: int) -> Attempt:
    """Return an attempt on another account each time."""
    return attempt(f"member{number}@example.com")


def other_network(number: int) -> Attempt:
    """Return an attempt from another network each time."""
    return attempt(network=f"10.0.{number}.0/24")


def already(limit: int, failures: int) -> None:
    """Let so many others have failed: on Kim's account from home, from home, on Kim's account."""
    key = list(attempt().limits())[limit]
    db.session.add(Throttle(key=key, failures=failures, began_at=AT))
    db.session.commit()


FROM_HOME, ON_ACCOUNT = 1, 2


def test_a_few_tries_are_free() -> None:
    """R3.05."""
    assert fail(20) == TRIES_FOR_ACCOUNT_FROM_NETWORK


def test_who_tries_too_often_waits_twice_as_long_each_time() -> None:
    """R3.05."""
    fail(TRIES_FOR_ACCOUNT_FROM_NETWORK)
    at, waits = AT, []
    for _number in range(8):
        waits.append(wait(attempt(), at))
        at += timedelta(seconds=waits[-1])
        assert wait(attempt(), at) == 0

    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_nobody_has_to_wait_a_second_longer_than_told() -> None:
    fail(TRIES_FOR_ACCOUNT_FROM_NETWORK)

    assert wait(attempt(), AT + FIRST_WAIT - SECOND) == 1
    assert wait(attempt(), AT + FIRST_WAIT) == 0


def test_a_try_that_has_to_wait_counts_for_nothing() -> None:
    already(FROM_HOME, TRIES_FROM_NETWORK - TRIES_FOR_ACCOUNT_FROM_NETWORK - 1)
    fail(TRIES_FOR_ACCOUNT_FROM_NETWORK + 10)

    assert wait(attempt()) == int(FIRST_WAIT.total_seconds())
    assert wait(other_account(0)) == 0


def test_who_has_to_wait_is_logged(log: Log) -> None:
    """R7.09."""
    fail(TRIES_FOR_ACCOUNT_FROM_NETWORK + 1)

    [event] = log()
    assert (event["event"], event["network"]) == ("excess_rate_limit_exceeded", HOME)


def test_a_network_may_not_try_every_account() -> None:
    """R3.05."""
    already(FROM_HOME, TRIES_FROM_NETWORK - 5)

    assert fail(10, other_account) == 5


def test_many_networks_may_not_try_one_account() -> None:
    """R3.05."""
    already(ON_ACCOUNT, TRIES_FOR_ACCOUNT - 5)

    assert fail(10, other_network) == 5


def test_nobody_locks_a_member_out_of_another_network() -> None:
    """A21."""
    fail(100)

    assert wait(attempt(network=ELSEWHERE)) == 0


def test_many_networks_lock_no_member_out_of_where_they_are_known() -> None:
    """A21."""
    already(ON_ACCOUNT, TRIES_FOR_ACCOUNT - 1)
    fail(5, other_network)

    assert wait(attempt(network=ELSEWHERE)) > 0
    assert wait(attempt(network=ELSEWHERE, is_known=True)) == 0


def test_a_known_network_is_no_free_pass() -> None:
    tries = fail(20, lambda _number: attempt(is_known=True))

    assert tries == TRIES_FOR_ACCOUNT_FROM_NETWORK


def test_a_login_that_succeeds_makes_the_earlier_tries_undone() -> None:
    fail(TRIES_FOR_ACCOUNT_FROM_NETWORK - 1)

    admit(attempt(), AT)
    take_back(attempt())

    assert fail(20) == TRIES_FOR_ACCOUNT_FROM_NETWORK


def test_a_login_of_ones_own_does_not_undo_the_tries_on_others() -> None:
    """R3.05."""
    already(FROM_HOME, TRIES_FROM_NETWORK - 5)
    own = attempt("thief@example.com")
    evaluated = 0
    for number in range(10):
        if wait(own) == 0:
            take_back(own)
        evaluated += wait(other_account(number)) == 0

    assert evaluated == 5


def test_a_login_that_succeeds_lets_nobody_wait() -> None:
    already(FROM_HOME, TRIES_FROM_NETWORK - 1)

    admit(attempt(), AT)
    take_back(attempt())

    assert wait(other_account(0)) == 0


def test_a_login_that_succeeds_leaves_the_count_of_other_networks() -> None:
    """R3.05: who is known somewhere opens the account for nobody else."""
    already(ON_ACCOUNT, TRIES_FOR_ACCOUNT - 1)
    fail(1, other_network)

    admit(attempt(is_known=True), AT)
    take_back(attempt(is_known=True))

    assert wait(attempt(network=ELSEWHERE)) > 0


def test_tries_are_forgotten_after_a_day() -> None:
    fail(TRIES_FOR_ACCOUNT_FROM_NETWORK)

    tomorrow = AT + FORGOTTEN_AFTER + SECOND
    waits = [wait(attempt(), tomorrow) for _number in range(TRIES_FOR_ACCOUNT_FROM_NETWORK)]

    assert set(waits) == {0}


def test_tries_are_forgotten_though_somebody_else_tries_meanwhile() -> None:
    """A school or an office is one network, and somebody there always mistypes."""
    already(FROM_HOME, TRIES_FROM_NETWORK - 1)
    wait(other_account(0), AT + FORGOTTEN_AFTER - SECOND)

    tomorrow = AT + FORGOTTEN_AFTER + timedelta(minutes=1)
    waits = [wait(attempt(), tomorrow) for _number in range(TRIES_FOR_ACCOUNT_FROM_NETWORK)]

    assert set(waits) == {0}


def test_a_clock_that_was_wrong_makes_nobody_wait_for_hours() -> None:
    """Z32."""
    tomorrow = AT + timedelta(days=1)
    for _number in range(TRIES_FOR_ACCOUNT_FROM_NETWORK + 1):
        wait(attempt(), tomorrow)

    assert wait(attempt()) <= LONGEST_WAIT.total_seconds()


def test_a_clock_that_is_a_little_behind_makes_nobody_wait() -> None:
    """Z32: two machines, or two requests of which the first one is slower."""
    assert wait(attempt(), AT + SECOND) == 0
    assert wait(attempt(), AT) == 0


def test_a_network_may_not_register_without_end() -> None:
    """A18."""
    key = next(iter(Registration(HOME).limits()))
    db.session.add(Throttle(key=key, failures=REGISTRATIONS_FROM_NETWORK - 1, began_at=AT))
    db.session.commit()

    admit(Registration(HOME), AT)

    with pytest.raises(TooManyAttemptsError):
        admit(Registration(HOME), AT)
    admit(Registration(ELSEWHERE), AT)
