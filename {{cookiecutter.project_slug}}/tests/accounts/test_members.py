"""How members register, prove who they are, and change the password."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from service.accounts.keys import password_hashing
from service.accounts.members import (
    RefusedError,
    TakenError,
    WrongCredentialsError,
    authenticate,
    change_password,
    disable,
    register,
)
from service.accounts.models import Member, Session, Throttle
from service.accounts.passwords import PasswordHashing
from service.accounts.sessions import Renewal, SignedIn, find_signed_in, open_session
from service.accounts.throttle import Attempt, TooManyAttemptsError
from service.extensions import db
from tests.accounts.conftest import EMAIL, MANY, PASSWORD, WRONG, AtOnce, Log
from tests.conftest import SETTINGS

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME = "192.0.2.0/24"
NEW = "another horse battery"
NEWEST = "a third horse battery"

Elsewhere = Callable[[Callable[[], object]], "Future[object]"]


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def kim(kim_id: int) -> SignedIn:
    """Log Kim in."""
    session = open_session(kim_id, "a test", HOME, AT)
    return SignedIn(kim_id, "Kim", EMAIL, AT, session.session_id)


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


@pytest.fixture
def dearer(app: Flask) -> Iterator[None]:
    """Let the cost of bcrypt rise."""
    usual = app.extensions["password_hashing"]
    app.extensions["password_hashing"] = PasswordHashing(SETTINGS["PASSWORD_PEPPER"], 5)
    yield
    app.extensions["password_hashing"] = usual


def kept_hash() -> str:
    """Return what is kept of Kim's password now."""
    kept = db.session.scalars(select(Member.password_hash)).one()
    db.session.rollback()
    assert kept
    return kept


def is_kept(password: str) -> bool:
    """Tell whether this is Kim's password now."""
    return password_hashing().matches(password, kept_hash())


def lives(session: Renewal) -> bool:
    """Tell whether a session has not ended."""
    found = find_signed_in(session.member_id, session.session_id, AT)
    db.session.rollback()
    return found is not None


def log_in(password: str = PASSWORD, email: str = EMAIL) -> int:
    """Prove who one is, as Kim does at home."""
    return authenticate(email, password, HOME, AT)


@pytest.mark.usefixtures("kim_id")
def test_a_member_is_kept_without_the_password() -> None:
    """R3.02."""
    member = db.session.scalars(select(Member)).one()

    assert (member.email, member.name, member.canonical_name) == (EMAIL, "Kim", "kim")
    assert member.password_hash
    assert PASSWORD not in member.password_hash
    assert member.disabled_at is None


def test_whoever_registers_is_logged(log: Log) -> None:
    """R7.09."""
    member = register(EMAIL, "Kim", PASSWORD)

    [event] = log()
    assert (event["event"], event["member_id"]) == ("user_created", member.id)


@pytest.mark.usefixtures("kim_id")
@pytest.mark.parametrize(
    ("email", "name", "field"),
    [
        pytest.param(EMAIL, "Somebody else", "email", id="the same e-mail"),
        pytest.param("other@example.com", "Kim", "name", id="the same name"),
        pytest.param("other@example.com", "KIM", "name", id="another case"),
        pytest.param("other@example.com", "\uff2b\uff49\uff4d", "name", id="another width"),
        pytest.param("other@example.com", "K\u24d8m", "name", id="another style"),
        pytest.param(EMAIL, "Kim", "email", id="both"),
    ],
)
def test_what_somebody_has_is_refused(email: str, name: str, field: str) -> None:
    """A01, A02, A04, R3.06."""
    with pytest.raises(TakenError) as caught:
        register(email, name, PASSWORD)

    assert caught.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Member)) == 1


@pytest.mark.usefixtures("kim_id")
def test_names_that_differ_by_an_accent_are_two() -> None:
    """R3.06: on every database alike."""
    register("other@example.com", "K\xedm", PASSWORD)

    assert db.session.scalar(select(func.count()).select_from(Member)) == 2


@pytest.mark.parametrize(
    "password", ["password1234", "kim@example.com", "kimberley", "Kimberley2024"]
)
def test_an_easy_password_is_refused(password: str) -> None:
    """R3.03, A07."""
    with pytest.raises(RefusedError) as caught:
        register(EMAIL, "Kimberley", password)

    assert caught.value.field == "password"
    assert db.session.scalar(select(func.count()).select_from(Member)) == 0


def test_of_many_who_register_at_once_one_succeeds(at_once: AtOnce) -> None:
    """Z18, R7.05."""

    def try_it() -> str:
        try:
            register(EMAIL, "Kim", PASSWORD)
        except TakenError:
            return "taken"
        return "registered"

    results = at_once(*[try_it] * MANY)

    assert (results.count("registered"), results.count("taken")) == (1, MANY - 1)
    assert db.session.scalar(select(func.count()).select_from(Member)) == 1


def test_the_right_password_tells_who_it_is(kim_id: int) -> None:
    assert log_in() == kim_id


@pytest.mark.parametrize("password", [WRONG, PASSWORD.upper(), PASSWORD + " ", "", "\ud800"])
@pytest.mark.usefixtures("kim_id")
def test_a_wrong_password_tells_nothing(password: str) -> None:
    with pytest.raises(WrongCredentialsError):
        log_in(password)


@pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "without a password"])
def test_whatever_is_wrong_one_password_is_checked_at_todays_cost(
    kim_id: int, checks: list[bytes], case: str
) -> None:
    """R3.04, A16, A17."""
    change: dict[str, dict[str, Any]] = {
        "disabled": {"disabled_at": AT},
        "without a password": {"password_hash": None},
    }
    if case in change:
        db.session.execute(update(Member).where(Member.id == kim_id).values(change[case]))
        db.session.commit()

    with pytest.raises(WrongCredentialsError):
        log_in(
            WRONG if case == "wrong" else PASSWORD,
            "nobody@example.com" if case == "unknown" else EMAIL,
        )

    assert [kept[:7] for kept in checks] == [b"$2b$04$"]


def test_the_right_password_is_checked_once(kim_id: int, checks: list[bytes]) -> None:
    """R3.04, A17."""
    assert (log_in(), len(checks)) == (kim_id, 1)


@pytest.mark.usefixtures("kim_id")
def test_who_tries_too_often_has_no_password_checked(checks: list[bytes]) -> None:
    """R3.05."""
    for _number in range(12):
        with pytest.raises((WrongCredentialsError, TooManyAttemptsError)):
            log_in(WRONG)

    with pytest.raises(TooManyAttemptsError):
        log_in()
    assert len(checks) == 10


@pytest.mark.usefixtures("kim_id")
def test_of_many_wrong_passwords_at_once_few_are_checked(
    at_once: AtOnce, checks: list[bytes]
) -> None:
    """R3.05, A19."""

    def guess() -> str:
        try:
            log_in(WRONG)
        except WrongCredentialsError:
            return "wrong"
        except TooManyAttemptsError:
            return "too many"
        return "right"

    results = at_once(*[guess] * MANY)

    assert (results.count("wrong"), results.count("too many")) == (10, MANY - 10)
    assert len(checks) == 10


def test_where_a_member_has_logged_in_others_cannot_lock_them_out(kim: SignedIn) -> None:
    """A21."""
    *_others, on_account = Attempt(EMAIL, HOME, is_known=False).limits()
    blocked = Throttle(
        key=on_account, failures=100, began_at=AT, blocked_until=AT + timedelta(seconds=15)
    )
    db.session.add(blocked)
    db.session.commit()

    with pytest.raises(TooManyAttemptsError):
        authenticate(EMAIL, PASSWORD, "198.51.100.0/24", AT)
    assert log_in() == kim.id


@pytest.mark.usefixtures("kim_id", "dearer")
def test_logging_in_renews_a_hash_of_a_lower_cost() -> None:
    """R3.01."""
    log_in()
    db.session.commit()

    assert kept_hash().startswith("$2b$05$")
    assert is_kept(PASSWORD)


@pytest.mark.usefixtures("kim_id")
def test_logging_in_leaves_a_hash_of_todays_cost() -> None:
    """R3.01."""
    before = kept_hash()

    log_in()
    db.session.commit()

    assert kept_hash() == before


@pytest.mark.usefixtures("kim_id", "dearer")
def test_renewing_the_hash_brings_no_old_password_back(
    kim: SignedIn, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """R3.07: the password is changed while the old one is being checked."""
    meanwhile(lambda: change_password(kim, PASSWORD, NEW, HOME, AT))

    with pytest.raises(WrongCredentialsError):
        log_in()

    assert is_kept(NEW)


def test_a_password_that_is_being_changed_opens_nothing(
    kim: SignedIn, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """R3.07: the password is changed while the old one is being checked."""
    meanwhile(lambda: change_password(kim, PASSWORD, NEW, HOME, AT))

    with pytest.raises(WrongCredentialsError):
        log_in()


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
    change_password(kim, PASSWORD, NEW, HOME, AT)
    disable(db.session.get_one(Member, kim.id), AT)

    assert [(event["event"], event["member_id"]) for event in log()] == [
        ("authn_login_fail", kim.id),
        ("authn_login_success", kim.id),
        ("authn_password_change", kim.id),
        ("user_disabled", kim.id),
    ]


def test_sessions_of_disabled_members_are_ended_in_the_database_too(kim: SignedIn) -> None:
    disable(db.session.get_one(Member, kim.id), AT)

    assert db.session.get_one(Session, kim.session_id).revoked_at == AT
