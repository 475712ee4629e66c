"""Changing the password and disabling a member, with and without a concurrent login."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning

import bcrypt
import pytest
from flask import Flask

from service.accounts.authentication import (
    InvalidCredentialsError,
    InvalidFieldError,
    change_password,
    disable,
)
from service.accounts.login_throttle import TooManyAttemptsError
from service.accounts.models import Member, Session
from service.accounts.sessions import Principal, SessionWithToken, create_session
from service.extensions import db
from tests.accounts.member_actions import (
    HOME_NETWORK,
    NEW_PASSWORD,
    NOW,
    PASSWORD,
    WRONG_PASSWORD,
    is_active,
    is_current_password,
    login,
)
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("app_context")

THIRD_PASSWORD = "a third horse battery"  # noqa: S105  # Used in tests only.

Function = Callable[[], object]
RunInThread = Callable[[Function], Future[object]]
RunDuringCheck = Callable[[Function], None]


@pytest.fixture
def run_in_thread(app: Flask) -> Iterator[RunInThread]:
    """Return a function that runs a function in a thread, with its own database connection."""
    with ThreadPoolExecutor(1) as thread:

        def run(function: Function) -> Future[object]:
            def call() -> object:
                with app.app_context():
                    return function()

            return thread.submit(call)

        yield run


@pytest.fixture
def run_during_check(monkeypatch: pytest.MonkeyPatch, run_in_thread: RunInThread) -> RunDuringCheck:
    """Return a function that takes a function to run during the next password check.

    The function runs in a thread, and the check waits for it.
    """

    def prepare(function: Function) -> None:
        checkpw = bcrypt.checkpw

        def check_after_function(password: bytes, password_hash: bytes) -> bool:
            monkeypatch.setattr(bcrypt, "checkpw", checkpw)
            run_in_thread(function).result(60)
            return checkpw(password, password_hash)

        monkeypatch.setattr(bcrypt, "checkpw", check_after_function)

    return prepare


@pytest.mark.slow
@pytest.mark.usefixtures("kim_id", "raised_bcrypt_cost")
def test_rehash_does_not_restore_a_changed_password(
    kim: Principal, run_during_check: RunDuringCheck
) -> None:
    run_during_check(lambda: change_password(kim, PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW))

    with pytest.raises(InvalidCredentialsError):
        login()

    assert is_current_password(NEW_PASSWORD)


@pytest.mark.slow
def test_login_fails_if_the_password_changes_during_verification(
    kim: Principal, run_during_check: RunDuringCheck
) -> None:
    run_during_check(lambda: change_password(kim, PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW))

    with pytest.raises(InvalidCredentialsError):
        login()


@pytest.mark.slow
def test_password_change_waits_for_a_concurrent_login_and_revokes_its_session(
    kim: Principal, run_in_thread: RunInThread
) -> None:
    member_id = login()
    change = run_in_thread(lambda: change_password(kim, PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW))
    with pytest.raises(StillRunning):
        change.result(0.3)

    # The login locks the row of the member until this commit.
    session = create_session(member_id, "an attacker", HOME_NETWORK, NOW)

    change.result(60)
    assert not is_active(session)


@pytest.mark.slow
def test_one_of_two_concurrent_password_changes_succeeds(
    kim: Principal, run_during_check: RunDuringCheck
) -> None:
    run_during_check(lambda: change_password(kim, PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW))

    with pytest.raises(InvalidCredentialsError):
        change_password(kim, PASSWORD, THIRD_PASSWORD, HOME_NETWORK, NOW)

    assert is_current_password(NEW_PASSWORD)


def test_password_change_revokes_all_sessions(kim: Principal) -> None:
    other = create_session(kim.id, "another", HOME_NETWORK, NOW)

    change_password(kim, PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW)

    assert is_current_password(NEW_PASSWORD)
    assert not is_active(other)
    assert not is_active(SessionWithToken(kim.id, kim.session_id, ""))


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        pytest.param(WRONG_PASSWORD, NEW_PASSWORD, "current_password", id="wrong password"),
        pytest.param(PASSWORD, "password1234", "new_password", id="common password"),
        pytest.param(PASSWORD, "kim@example.com", "new_password", id="email address"),
    ],
)
def test_rejected_password_change_has_no_effect(
    kim: Principal, current: str, new: str, field: str
) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        change_password(kim, current, new, HOME_NETWORK, NOW)

    assert list(caught.value.messages) == [field]
    assert is_current_password(PASSWORD)
    assert is_active(SessionWithToken(kim.id, kim.session_id, ""))


def test_password_change_is_throttled(kim: Principal) -> None:
    for _number in range(10):
        with pytest.raises(InvalidFieldError):
            change_password(kim, WRONG_PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW)

    with pytest.raises(TooManyAttemptsError):
        change_password(kim, PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW)


def test_disabled_member_cannot_log_in(kim: Principal) -> None:
    disable(db.session.get_one(Member, kim.id), NOW)

    assert not is_active(SessionWithToken(kim.id, kim.session_id, ""))
    with pytest.raises(InvalidCredentialsError):
        login()


@pytest.mark.slow
def test_disabling_during_a_login_revokes_the_new_session(
    kim: Principal, run_during_check: RunDuringCheck
) -> None:
    run_during_check(lambda: disable(db.session.get_one(Member, kim.id), NOW))

    session = create_session(login(), "a test", HOME_NETWORK, NOW)

    assert not is_active(session)


def test_security_events_have_owasp_names(kim: Principal, log: Log) -> None:
    with pytest.raises(InvalidCredentialsError):
        login(WRONG_PASSWORD)
    login()
    with pytest.raises(InvalidFieldError):
        change_password(kim, WRONG_PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW)
    change_password(kim, PASSWORD, NEW_PASSWORD, HOME_NETWORK, NOW)
    disable(db.session.get_one(Member, kim.id), NOW)

    assert [(event["event"], event["level"], event["member_id"]) for event in log()] == [
        ("authn_login_fail", "warning", kim.id),
        ("authn_login_success", "info", kim.id),
        ("authn_login_fail", "warning", kim.id),
        ("authn_password_change_fail", "critical", kim.id),
        ("authn_password_change", "info", kim.id),
        ("user_archived", "warning", kim.id),
    ]


def test_disabling_revokes_sessions_in_the_database(kim: Principal) -> None:
    disable(db.session.get_one(Member, kim.id), NOW)

    assert db.session.get_one(Session, kim.session_id).revoked_at == NOW
