"""Changing the password, and disabling a member, also while somebody logs in."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning

import bcrypt
import pytest
from flask import Flask

from service.accounts.members import (
    RefusedError,
    WrongCredentialsError,
    change_password,
    disable,
)
from service.accounts.models import Member, Session
from service.accounts.sessions import Renewal, SignedIn, open_session
from service.accounts.throttle import TooManyAttemptsError
from service.extensions import db
from tests.accounts.kim import (
    AT,
    HOME,
    NEW,
    PASSWORD,
    WRONG,
    is_kept,
    lives,
    log_in,
)
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("context")

NEWEST = "a third horse battery"

Elsewhere = Callable[[Callable[[], object]], "Future[object]"]


@pytest.fixture
def elsewhere(app: Flask) -> Iterator[Elsewhere]:
    """Let a function run in another thread, with a context and a connection of its own."""
    with ThreadPoolExecutor(1) as thread:

        def run(function: Callable[[], object]) -> "Future[object]":
            def act() -> object:
                with app.app_context():
                    return function()

            return thread.submit(act)

        yield run


@pytest.fixture
def meanwhile(
    monkeypatch: pytest.MonkeyPatch, elsewhere: Elsewhere
) -> Callable[[Callable[[], object]], None]:
    """Let something happen elsewhere while the next password is checked."""

    def prepare(function: Callable[[], object]) -> None:
        check = bcrypt.checkpw

        def slowly(password: bytes, kept: bytes) -> bool:
            monkeypatch.setattr(bcrypt, "checkpw", check)
            elsewhere(function).result(10)
            return check(password, kept)

        monkeypatch.setattr(bcrypt, "checkpw", slowly)

    return prepare


@pytest.mark.slow
@pytest.mark.usefixtures("kim_id", "dearer")
def test_renewing_the_hash_brings_no_old_password_back(
    kim: SignedIn, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """R3.07: the password is changed while the old one is being checked."""
    meanwhile(lambda: change_password(kim, PASSWORD, NEW, HOME, AT))

    with pytest.raises(WrongCredentialsError):
        log_in()

    assert is_kept(NEW)


@pytest.mark.slow
def test_a_password_that_is_being_changed_opens_nothing(
    kim: SignedIn, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """R3.07: the password is changed while the old one is being checked."""
    meanwhile(lambda: change_password(kim, PASSWORD, NEW, HOME, AT))

    with pytest.raises(WrongCredentialsError):
        log_in()


@pytest.mark.slow
def test_a_change_of_the_password_ends_a_session_that_begins_meanwhile(
    kim: SignedIn, elsewhere: Elsewhere
) -> None:
    """R3.07: between the check of the old password and the session that it opens."""
    member_id = log_in()
    change = elsewhere(lambda: change_password(kim, PASSWORD, NEW, HOME, AT))
    with pytest.raises(StillRunning):
        change.result(0.3)

    opened = open_session(member_id, "a thief's", HOME, AT)

    change.result(10)
    assert not lives(opened)


@pytest.mark.slow
def test_of_two_changes_at_once_one_is_kept(
    kim: SignedIn, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    meanwhile(lambda: change_password(kim, PASSWORD, NEW, HOME, AT))

    with pytest.raises(WrongCredentialsError):
        change_password(kim, PASSWORD, NEWEST, HOME, AT)

    assert is_kept(NEW)


def test_changing_the_password_ends_every_session(kim: SignedIn) -> None:
    """R3.07, C06, C07."""
    other = open_session(kim.id, "another", HOME, AT)

    change_password(kim, PASSWORD, NEW, HOME, AT)

    assert is_kept(NEW)
    assert not lives(other)
    assert not lives(Renewal(kim.id, kim.session_id, ""))


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        pytest.param(WRONG, NEW, "current_password", id="wrong"),
        pytest.param(PASSWORD, "password1234", "new_password", id="common"),
        pytest.param(PASSWORD, "kim@example.com", "new_password", id="the e-mail"),
    ],
)
def test_a_change_that_will_not_do_changes_nothing(
    kim: SignedIn, current: str, new: str, field: str
) -> None:
    """R3.03, R3.07."""
    with pytest.raises(RefusedError) as caught:
        change_password(kim, current, new, HOME, AT)

    assert caught.value.field == field
    assert is_kept(PASSWORD)
    assert lives(Renewal(kim.id, kim.session_id, ""))


def test_a_stolen_session_does_not_guess_the_password_without_end(kim: SignedIn) -> None:
    """R3.05."""
    for _number in range(10):
        with pytest.raises(RefusedError):
            change_password(kim, WRONG, NEW, HOME, AT)

    with pytest.raises(TooManyAttemptsError):
        change_password(kim, PASSWORD, NEW, HOME, AT)


def test_a_disabled_member_can_do_nothing(kim: SignedIn) -> None:
    """A28, R4.07."""
    disable(db.session.get_one(Member, kim.id), AT)

    assert not lives(Renewal(kim.id, kim.session_id, ""))
    with pytest.raises(WrongCredentialsError):
        log_in()


@pytest.mark.slow
def test_disabling_during_a_login_ends_what_the_login_begins(
    kim: SignedIn, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """A28, R4.07."""
    meanwhile(lambda: disable(db.session.get_one(Member, kim.id), AT))

    opened = open_session(log_in(), "too late", HOME, AT)

    assert not lives(opened)


def test_security_events_are_logged_by_the_names_of_owasp(kim: SignedIn, log: Log) -> None:
    """R7.09."""
    with pytest.raises(WrongCredentialsError):
        log_in(WRONG)
    log_in()
    with pytest.raises(RefusedError):
        change_password(kim, WRONG, NEW, HOME, AT)
    change_password(kim, PASSWORD, NEW, HOME, AT)
    disable(db.session.get_one(Member, kim.id), AT)

    assert [(event["event"], event["level"], event["member_id"]) for event in log()] == [
        ("authn_login_fail", "warning", kim.id),
        ("authn_login_success", "info", kim.id),
        ("authn_login_fail", "warning", kim.id),
        ("authn_password_change_fail", "critical", kim.id),
        ("authn_password_change", "info", kim.id),
        ("user_archived", "warning", kim.id),
    ]


def test_sessions_of_disabled_members_are_ended_in_the_database_too(kim: SignedIn) -> None:
    disable(db.session.get_one(Member, kim.id), AT)

    assert db.session.get_one(Session, kim.session_id).revoked_at == AT
