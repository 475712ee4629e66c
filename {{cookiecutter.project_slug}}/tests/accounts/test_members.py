"""How members register, prove who they are, and change the password."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.accounts.members import (
    RefusedError,
    TakenError,
    WrongCredentialsError,
    authenticate,
    register,
)
from service.accounts.models import Member, Throttle
from service.accounts.sessions import SignedIn
from service.accounts.throttle import Attempt, TooManyAttemptsError
from service.extensions import db
from tests.accounts.conftest import MANY, AtOnce
from tests.accounts.kim import (
    AT,
    EMAIL,
    HOME,
    PASSWORD,
    WRONG,
    is_kept,
    kept_hash,
    log_in,
)
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("context")


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
    assert (event["event"], event["level"]) == ("user_created", "warning")
    assert event["member_id"] == member.id


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


@pytest.mark.slow
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
    kim = db.session.get_one(Member, kim_id)
    kim.disabled_at = AT if case == "disabled" else None
    kim.password_hash = None if case == "without a password" else kim.password_hash
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


@pytest.mark.slow
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
