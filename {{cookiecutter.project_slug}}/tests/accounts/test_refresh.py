"""Refresh tokens: good once, and used twice a sign of theft."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.accounts.models import RefreshToken
from service.accounts.sessions import (
    GRACE_SECONDS,
    IDLE_LIFE,
    InvalidRefreshTokenError,
    Renewal,
    RotatedRefreshTokenError,
    open_session,
    renew_session,
    revoke_sessions,
)
from service.accounts.tokens import refresh_token_hash
from service.extensions import db
from tests.accounts.conftest import MANY, AtOnce
from tests.accounts.kim import AT, is_refused, lives
from tests.accounts.people import kept_member
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("context")

SECOND = timedelta(seconds=1)
GRACE = timedelta(seconds=GRACE_SECONDS)


@pytest.fixture
def ann() -> int:
    """Keep a member."""
    return kept_member()


@pytest.fixture
def opened(ann: int) -> Renewal:
    """Begin a session."""
    return open_session(ann, "a test", "127.0.0.0/24", AT)


def unused(session_id: str) -> int:
    """Count the tokens of a session that nobody has used."""
    statement = select(func.count()).where(
        RefreshToken.session_id == session_id, RefreshToken.used_at.is_(None)
    )
    count = db.session.scalar(statement)
    db.session.rollback()
    return count or 0


def test_a_refresh_token_brings_the_next_one(opened: Renewal) -> None:
    """C01."""
    renewed = renew_session(opened.refresh_token, AT)

    assert (renewed.member_id, renewed.session_id) == (opened.member_id, opened.session_id)
    assert renewed.refresh_token != opened.refresh_token
    assert unused(opened.session_id) == 1


def test_the_database_keeps_no_token(opened: Renewal) -> None:
    """R4.04."""
    assert db.session.scalars(select(RefreshToken.hash)).all() == [
        refresh_token_hash(opened.refresh_token)
    ]


def test_what_the_database_keeps_opens_nothing(opened: Renewal) -> None:
    """C12."""
    assert is_refused(refresh_token_hash(opened.refresh_token), AT)


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda token: ("A" if token[0] != "A" else "B") + token[1:], id="changed"),
        pytest.param(lambda token: token[:-1], id="cut"),
        pytest.param(lambda token: token + "=", id="padded"),
        pytest.param(str.swapcase, id="case"),
        pytest.param(lambda token: token + "\0", id="NUL"),
        pytest.param(lambda token: token + "\ud800", id="half a character"),
        pytest.param(lambda _token: "x" * 10_000, id="ten kilobytes"),
        pytest.param(lambda _token: "", id="empty"),
    ],
)
def test_a_token_that_is_not_quite_right_opens_nothing(
    opened: Renewal, tamper: Callable[[str], str]
) -> None:
    """C10."""
    with pytest.raises(InvalidRefreshTokenError):
        renew_session(tamper(opened.refresh_token), AT)

    assert unused(opened.session_id) == 1


@pytest.mark.parametrize("passed", [timedelta(0), GRACE, -timedelta(minutes=10)])
def test_a_token_used_a_moment_ago_brings_nothing_more(opened: Renewal, passed: timedelta) -> None:
    """R4.06, Z20, Z32."""
    renew_session(opened.refresh_token, AT)

    with pytest.raises(RotatedRefreshTokenError) as caught:
        renew_session(opened.refresh_token, AT + passed)

    assert caught.value.session_id == opened.session_id
    assert unused(opened.session_id) == 1


def test_a_token_used_a_moment_ago_ends_nothing(opened: Renewal) -> None:
    """R4.06, Z20."""
    renewed = renew_session(opened.refresh_token, AT)
    is_refused(opened.refresh_token, AT + GRACE)

    assert lives(opened, AT + GRACE)
    assert not is_refused(renewed.refresh_token, AT + GRACE)


def test_a_token_used_earlier_ends_the_session(opened: Renewal) -> None:
    """R4.06, C02."""
    renewed = renew_session(opened.refresh_token, AT)
    later = AT + GRACE + SECOND

    assert is_refused(opened.refresh_token, later)
    assert is_refused(renewed.refresh_token, later)
    assert not lives(opened, later)


def test_a_thief_who_is_first_gains_little(opened: Renewal) -> None:
    """C03."""
    stolen = renew_session(opened.refresh_token, AT)
    later = AT + timedelta(minutes=15)

    assert is_refused(opened.refresh_token, later)
    assert is_refused(stolen.refresh_token, later)
    assert not lives(stolen, later)


def test_a_stolen_token_of_long_ago_still_ends_the_session(opened: Renewal) -> None:
    """R4.06."""
    at, newest = AT, opened
    for _week in range(3):
        newest = renew_session(newest.refresh_token, at)
        at += timedelta(days=7)

    assert is_refused(opened.refresh_token, at)
    assert is_refused(newest.refresh_token, at)


def test_reuse_is_logged(opened: Renewal, log: Log) -> None:
    """R4.06, R7.09."""
    renew_session(opened.refresh_token, AT)

    is_refused(opened.refresh_token, AT + GRACE + SECOND)

    [event] = log()
    assert (event["event"], event["level"]) == ("authn_token_reuse", "critical")
    assert event["session_id"] == opened.session_id


def test_other_sessions_outlive_reuse(ann: int, opened: Renewal) -> None:
    other = open_session(ann, "another", "127.0.0.0/24", AT)
    renew_session(opened.refresh_token, AT)

    is_refused(opened.refresh_token, AT + GRACE + SECOND)

    assert lives(other, AT + GRACE + SECOND)


def test_a_token_that_nobody_used_for_long_opens_nothing(opened: Renewal) -> None:
    """R4.04."""
    assert is_refused(opened.refresh_token, AT + IDLE_LIFE)


def test_a_token_is_good_until_then(opened: Renewal) -> None:
    """R4.04."""
    assert not is_refused(opened.refresh_token, AT + IDLE_LIFE - SECOND)


@pytest.mark.slow
def test_of_many_renewals_at_once_one_succeeds(opened: Renewal, at_once: AtOnce) -> None:
    """R4.05, C04, Z19."""

    def renew() -> str:
        try:
            return renew_session(opened.refresh_token, AT).refresh_token
        except RotatedRefreshTokenError:
            return "rotated"

    results = at_once(*[renew] * MANY)

    assert len([result for result in results if result != "rotated"]) == 1
    assert unused(opened.session_id) == 1
    assert lives(opened, AT)


@pytest.mark.slow
def test_no_renewal_outlives_the_end_of_its_session(ann: int, at_once: AtOnce) -> None:
    """R4.07, Z17: whichever comes first, and without an error."""
    opened = [open_session(ann, "a test", "127.0.0.0/24", AT) for _number in range(MANY // 2)]

    def renew(session: Renewal) -> str | None:
        try:
            return renew_session(session.refresh_token, AT).refresh_token
        except InvalidRefreshTokenError:
            return None

    renewals = [lambda session=session: renew(session) for session in opened]
    endings = [lambda: revoke_sessions(ann, AT)] * (MANY // 2)
    results = at_once(*renewals, *endings)

    tokens = [token for token in results if token]
    assert not any(lives(session, AT) for session in opened)
    assert all(is_refused(token, AT) for token in tokens)
