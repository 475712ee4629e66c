"""Login throttling: stored rows, and concurrent attempts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from service.accounts.login_throttle import (
    ACCOUNT_AND_NETWORK_THRESHOLD,
    OBSERVATION_WINDOW,
    clear_attempts,
    purge_throttles,
)
from service.accounts.models import Throttle
from service.extensions import db
from tests.accounts.conftest import CONCURRENCY, LogIn, RunConcurrently
from tests.accounts.member_actions import (
    NOW,
    OTHER_NETWORK,
    WRONG_PASSWORD,
    kims_attempt,
    seconds_to_wait,
)

pytestmark = pytest.mark.usefixtures("app_context")

SECOND = timedelta(seconds=1)


def test_purge_keeps_counters_within_the_observation_window() -> None:
    seconds_to_wait(kims_attempt())
    seconds_to_wait(kims_attempt("late@example.com", OTHER_NETWORK), NOW + 2 * SECOND)

    purge_throttles(NOW + OBSERVATION_WINDOW + SECOND)

    assert db.session.scalar(select(func.count()).select_from(Throttle)) == 3


def test_email_field_is_stored_as_a_hash_only() -> None:
    # People sometimes enter their password in the email field.
    seconds_to_wait(kims_attempt("my-password@example.com"))

    keys = db.session.scalars(select(Throttle.key)).all()
    assert not any("my-password" in key for key in keys)
    assert {len(key) for key in keys} == {64}


@pytest.mark.slow
def test_concurrent_attempts_do_not_exceed_the_threshold(run_concurrently: RunConcurrently) -> None:
    waits = run_concurrently(*[lambda: seconds_to_wait(kims_attempt())] * CONCURRENCY)

    assert waits.count(0) == ACCOUNT_AND_NETWORK_THRESHOLD


@pytest.mark.slow
def test_concurrent_successful_logins_leave_no_attempts(run_concurrently: RunConcurrently) -> None:
    def login() -> bool:
        attempt = kims_attempt()
        if seconds_to_wait(attempt):
            return False
        clear_attempts(attempt)
        return True

    results = run_concurrently(*[login] * CONCURRENCY)

    assert results.count(True) >= ACCOUNT_AND_NETWORK_THRESHOLD
    assert db.session.scalars(select(Throttle.attempts).where(Throttle.attempts != 0)).all() == []


def test_applications_on_the_same_database_share_counters(
    make_app: Callable[..., Flask], login: LogIn
) -> None:
    other = make_app()
    for number in range(ACCOUNT_AND_NETWORK_THRESHOLD):
        response = login(password=WRONG_PASSWORD, **({"on": other} if number % 2 else {}))
        assert response.status_code == 401

    assert login().status_code == 429
    assert login(on=other).status_code == 429
