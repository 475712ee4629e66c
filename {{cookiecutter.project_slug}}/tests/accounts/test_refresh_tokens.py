"""Refresh tokens: rotation, retries and reuse detection."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.accounts.models import RefreshToken
from service.accounts.refresh_tokens import GRACE_PERIOD, RETRY_PERIOD, InvalidRefreshTokenError
from service.accounts.sessions import (
    IDLE_TIMEOUT,
    SessionWithToken,
    create_session,
    revoke_sessions,
)
from service.accounts.tokens import derive_successor, hash_token
from service.extensions import db
from tests.accounts.conftest import CONCURRENCY, RunConcurrently
from tests.accounts.member_actions import NOW, is_active, is_rejected, rotate
from tests.accounts.people import ensure_member_id
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("app_context")

SECOND = timedelta(seconds=1)


@pytest.fixture
def ann_id() -> int:
    """Return the member id of Ann."""
    return ensure_member_id()


@pytest.fixture
def session(ann_id: int) -> SessionWithToken:
    """Return a session that was created for Ann at time `NOW`."""
    return create_session(ann_id, "a test", "127.0.0.0/24", NOW)


def count_unused_tokens(session_id: str) -> int:
    """Return the number of unused refresh tokens of a session."""
    statement = select(func.count()).where(
        RefreshToken.session_id == session_id, RefreshToken.used_at.is_(None)
    )
    count = db.session.scalar(statement)
    db.session.rollback()
    return count or 0


def test_refresh_token_is_rotated(session: SessionWithToken) -> None:
    refreshed_session = rotate(session.refresh_token, NOW)

    assert (refreshed_session.member_id, refreshed_session.session_id) == (
        session.member_id,
        session.session_id,
    )
    assert refreshed_session.refresh_token != session.refresh_token
    assert count_unused_tokens(session.session_id) == 1


def test_refresh_token_has_256_bits(session: SessionWithToken) -> None:
    assert len(urlsafe_b64decode(session.refresh_token + "=")) == 32


def test_only_the_hash_is_stored(session: SessionWithToken) -> None:
    assert db.session.scalars(select(RefreshToken.hash)).all() == [
        hash_token(session.refresh_token)
    ]


def test_stored_hash_is_not_accepted(session: SessionWithToken) -> None:
    assert is_rejected(hash_token(session.refresh_token), NOW)


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda token: ("A" if token[0] != "A" else "B") + token[1:], id="changed"),
        pytest.param(lambda token: token[:-1], id="truncated"),
        pytest.param(lambda token: token + "=", id="padded"),
        pytest.param(str.swapcase, id="case swapped"),
        pytest.param(lambda token: token + "\0", id="NUL"),
        pytest.param(lambda token: token + "\ud800", id="lone surrogate"),
        pytest.param(lambda _token: "x" * 10_000, id="ten kilobytes"),
        pytest.param(lambda _token: "", id="empty"),
    ],
)
def test_modified_token_is_rejected(
    session: SessionWithToken, tamper: Callable[[str], str]
) -> None:
    with pytest.raises(InvalidRefreshTokenError):
        rotate(tamper(session.refresh_token), NOW)

    assert count_unused_tokens(session.session_id) == 1


@pytest.mark.parametrize(
    ("elapsed", "client"),
    [
        pytest.param(timedelta(0), "home", id="at once"),
        pytest.param(-timedelta(minutes=10), "home", id="before, by another clock"),
        pytest.param(RETRY_PERIOD, "home", id="after an hour"),
        pytest.param(GRACE_PERIOD, "elsewhere", id="by another client after seconds"),
    ],
)
def test_retry_gets_the_same_successor(
    session: SessionWithToken, elapsed: timedelta, client: str
) -> None:
    first = rotate(session.refresh_token, NOW)

    second = rotate(session.refresh_token, NOW + elapsed, client)

    assert second == first
    assert count_unused_tokens(session.session_id) == 1


def test_retry_can_be_repeated(session: SessionWithToken) -> None:
    tokens = {rotate(session.refresh_token, NOW).refresh_token for _number in range(3)}

    assert len(tokens) == 1


def test_client_that_retried_can_continue(session: SessionWithToken) -> None:
    rotate(session.refresh_token, NOW)
    successor = rotate(session.refresh_token, NOW + RETRY_PERIOD)

    assert not is_rejected(successor.refresh_token, NOW + RETRY_PERIOD)


@pytest.mark.parametrize(
    ("elapsed", "client"),
    [
        pytest.param(RETRY_PERIOD + SECOND, "home", id="by the same client after the period"),
        pytest.param(GRACE_PERIOD + SECOND, "elsewhere", id="by another client"),
    ],
)
def test_late_reuse_revokes_the_session(
    session: SessionWithToken, elapsed: timedelta, client: str
) -> None:
    successor = rotate(session.refresh_token, NOW)
    later = NOW + elapsed

    assert is_rejected(session.refresh_token, later, client)
    assert is_rejected(successor.refresh_token, later)
    assert not is_active(session, later)


def test_reuse_revokes_the_session_once_the_successor_was_used(session: SessionWithToken) -> None:
    successor = rotate(session.refresh_token, NOW)
    newest = rotate(successor.refresh_token, NOW)

    assert is_rejected(session.refresh_token, NOW)
    assert is_rejected(newest.refresh_token, NOW)
    assert not is_active(session, NOW)


def test_member_and_thief_who_share_a_token_are_detected(session: SessionWithToken) -> None:
    stolen = rotate(session.refresh_token, NOW)
    shared = rotate(session.refresh_token, NOW + SECOND)
    later, latest = NOW + timedelta(minutes=15), NOW + timedelta(minutes=30)
    newest = rotate(rotate(stolen.refresh_token, later).refresh_token, latest)

    assert is_rejected(shared.refresh_token, latest)
    assert not is_active(newest, latest)


def test_successor_cannot_be_derived_without_the_key(session: SessionWithToken) -> None:
    guess = rotate(session.refresh_token, NOW, keys=["a key"]).refresh_token
    other = create_session(session.member_id, "a test", "127.0.0.0/24", NOW)

    assert derive_successor(session.refresh_token, "another key") != guess
    assert derive_successor(other.refresh_token, "a key") != guess


def test_retry_works_after_a_new_key_was_added(session: SessionWithToken) -> None:
    first = rotate(session.refresh_token, NOW, keys=["old"])

    assert rotate(session.refresh_token, NOW, keys=["new", "old"]) == first
    assert not is_rejected(first.refresh_token, NOW)


def test_retry_after_the_key_was_removed_revokes_the_session(session: SessionWithToken) -> None:
    rotate(session.refresh_token, NOW, keys=["old"])

    with pytest.raises(InvalidRefreshTokenError):
        rotate(session.refresh_token, NOW, keys=["new"])

    assert not is_active(session, NOW)


def test_reuse_by_the_member_revokes_the_token_of_a_thief(session: SessionWithToken) -> None:
    stolen = rotate(session.refresh_token, NOW)
    later = NOW + timedelta(hours=2)

    assert is_rejected(session.refresh_token, later)
    assert is_rejected(stolen.refresh_token, later)
    assert not is_active(stolen, later)


def test_reuse_of_an_old_token_revokes_the_session(session: SessionWithToken) -> None:
    at, newest = NOW, session
    for _week in range(3):
        newest = rotate(newest.refresh_token, at)
        at += timedelta(days=7)

    assert is_rejected(session.refresh_token, at)
    assert is_rejected(newest.refresh_token, at)


def test_reuse_is_logged(session: SessionWithToken, log: Log) -> None:
    rotate(session.refresh_token, NOW)

    is_rejected(session.refresh_token, NOW + RETRY_PERIOD + SECOND)

    [event] = log()
    assert (event["event"], event["level"]) == ("authn_token_reuse", "critical")
    assert event["session_id"] == session.session_id


def test_reuse_does_not_revoke_other_sessions(ann_id: int, session: SessionWithToken) -> None:
    other = create_session(ann_id, "another", "127.0.0.0/24", NOW)
    rotate(session.refresh_token, NOW)

    is_rejected(session.refresh_token, NOW + RETRY_PERIOD + SECOND)

    assert is_active(other, NOW + RETRY_PERIOD + SECOND)


def test_token_expires_after_the_idle_timeout(session: SessionWithToken) -> None:
    assert is_rejected(session.refresh_token, NOW + IDLE_TIMEOUT)


def test_token_is_valid_before_the_idle_timeout(session: SessionWithToken) -> None:
    assert not is_rejected(session.refresh_token, NOW + IDLE_TIMEOUT - SECOND)


@pytest.mark.slow
def test_concurrent_rotations_get_the_same_successor(
    session: SessionWithToken, run_concurrently: RunConcurrently
) -> None:
    results = run_concurrently(*[lambda: rotate(session.refresh_token, NOW)] * CONCURRENCY)

    assert len({result.refresh_token for result in results}) == 1
    assert count_unused_tokens(session.session_id) == 1
    assert not is_rejected(results[0].refresh_token, NOW)


@pytest.mark.slow
def test_retries_never_leave_two_unused_tokens(
    session: SessionWithToken, run_concurrently: RunConcurrently
) -> None:
    successor = rotate(session.refresh_token, NOW)

    def use(token: str) -> str | None:
        try:
            return rotate(token, NOW).refresh_token
        except InvalidRefreshTokenError:
            return None

    retries = [lambda: use(session.refresh_token)] * (CONCURRENCY // 2)
    uses = [lambda: use(successor.refresh_token)] * (CONCURRENCY // 2)
    results = run_concurrently(*retries, *uses)

    newest = set(results) - {None, successor.refresh_token}
    assert len(newest) <= 1
    assert count_unused_tokens(session.session_id) <= 1
    # A retry after the successor was used, as by a thief, has revoked the session.
    assert is_active(session, NOW) == (None not in results)


@pytest.mark.slow
def test_concurrent_rotation_does_not_outlive_a_revoked_session(
    ann_id: int, run_concurrently: RunConcurrently
) -> None:
    sessions = [
        create_session(ann_id, "a test", "127.0.0.0/24", NOW) for _number in range(CONCURRENCY // 2)
    ]

    def rotate_or_none(session: SessionWithToken) -> str | None:
        try:
            return rotate(session.refresh_token, NOW).refresh_token
        except InvalidRefreshTokenError:
            return None

    rotations = [lambda session=session: rotate_or_none(session) for session in sessions]
    revocations = [lambda: revoke_sessions(ann_id, NOW)] * (CONCURRENCY // 2)
    results = run_concurrently(*rotations, *revocations)

    tokens = [token for token in results if token]
    assert not any(is_active(session, NOW) for session in sessions)
    assert all(is_rejected(token, NOW) for token in tokens)
