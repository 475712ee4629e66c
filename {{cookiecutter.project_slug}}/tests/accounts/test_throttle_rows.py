"""What is kept of attempts to log in, and how many processes count in it at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from service.accounts.models import Throttle
from service.accounts.throttle import (
    FORGOTTEN_AFTER,
    TRIES_FOR_ACCOUNT_FROM_NETWORK,
    purge_throttles,
    take_back,
)
from service.extensions import db
from tests.accounts.conftest import MANY, AtOnce, LogIn
from tests.accounts.kim import AT, ELSEWHERE, WRONG, attempt, wait

pytestmark = pytest.mark.usefixtures("context")

SECOND = timedelta(seconds=1)


def test_purging_leaves_what_is_not_forgotten() -> None:
    wait(attempt())
    wait(attempt("late@example.com", ELSEWHERE), AT + 2 * SECOND)

    purge_throttles(AT + FORGOTTEN_AFTER + SECOND)

    assert db.session.scalar(select(func.count()).select_from(Throttle)) == 3


def test_what_is_typed_into_the_field_of_the_e_mail_is_not_kept() -> None:
    """R7.09: it may be a password."""
    wait(attempt("my-password@example.com"))

    kept = db.session.scalars(select(Throttle.key)).all()
    assert not any("my-password" in key for key in kept)
    assert {len(key) for key in kept} == {64}


@pytest.mark.slow
def test_of_many_tries_at_once_no_more_are_let_through(at_once: AtOnce) -> None:
    """R3.05, A19."""
    waits = at_once(*[lambda: wait(attempt())] * MANY)

    assert waits.count(0) == TRIES_FOR_ACCOUNT_FROM_NETWORK


@pytest.mark.slow
def test_many_who_try_and_succeed_at_once_leave_no_count_behind(at_once: AtOnce) -> None:
    """R3.05: without an error, and without one that is counted twice."""

    def log_in() -> bool:
        mine = attempt()
        if wait(mine):
            return False
        take_back(mine)
        return True

    results = at_once(*[log_in] * MANY)

    assert results.count(True) >= TRIES_FOR_ACCOUNT_FROM_NETWORK
    assert db.session.scalars(select(Throttle.failures).where(Throttle.failures != 0)).all() == []


def test_two_applications_on_one_database_count_together(
    make_app: Callable[..., Flask], log_in: LogIn
) -> None:
    """R3.05, A19."""
    other = make_app()
    for number in range(TRIES_FOR_ACCOUNT_FROM_NETWORK):
        response = log_in(password=WRONG, **({"on": other} if number % 2 else {}))
        assert response.status_code == 401

    assert log_in().status_code == 429
    assert log_in(on=other).status_code == 429
