"""Registration and login, called without a request."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from service.accounts.authentication import (
    DuplicateFieldError,
    InvalidCredentialsError,
    InvalidFieldError,
    authenticate,
    register,
)
from service.accounts.login_throttle import TooManyAttemptsError
from service.accounts.models import Member, Throttle
from service.accounts.sessions import Principal
from service.extensions import db
from tests.accounts.conftest import CONCURRENCY, RunConcurrently
from tests.accounts.member_actions import (
    EMAIL,
    NOW,
    OTHER_NETWORK,
    PASSWORD,
    WRONG_PASSWORD,
    is_current_password,
    kims_attempt,
    login,
    stored_hash,
)
from tests.conftest import Log

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.usefixtures("kim_id")
def test_password_is_not_stored() -> None:
    member = db.session.scalars(select(Member)).one()

    assert (member.email, member.name, member.canonical_name) == (EMAIL, "Kim", "kim")
    assert member.password_hash
    assert PASSWORD not in member.password_hash
    assert member.disabled_at is None


def test_registration_is_logged(log: Log) -> None:
    member = register(EMAIL, "Kim", PASSWORD)

    [event] = log()
    assert (event["event"], event["level"]) == ("user_created", "warning")
    assert event["member_id"] == member.id


@pytest.mark.usefixtures("kim_id")
@pytest.mark.parametrize(
    ("email", "name", "fields"),
    [
        pytest.param(EMAIL, "Another", ["email"], id="same email address"),
        pytest.param("other@example.com", "Kim", ["name"], id="same name"),
        pytest.param("other@example.com", "KIM", ["name"], id="name in another case"),
        pytest.param(
            "other@example.com", "\uff2b\uff49\uff4d", ["name"], id="name in another width"
        ),
        pytest.param("other@example.com", "K\u24d8m", ["name"], id="name in another style"),
        pytest.param("other@example.com", "\u13e6im", ["name"], id="name with a look-alike letter"),
        pytest.param(EMAIL, "Kim", ["email", "name"], id="same email address and name"),
    ],
)
def test_duplicate_email_and_name_are_rejected(email: str, name: str, fields: list[str]) -> None:
    with pytest.raises(DuplicateFieldError) as caught:
        register(email, name, PASSWORD)

    assert list(caught.value.messages) == fields
    assert db.session.scalar(select(func.count()).select_from(Member)) == 1


@pytest.mark.usefixtures("kim_id")
def test_names_that_differ_by_an_accent_are_different() -> None:
    register("other@example.com", "K\xedm", PASSWORD)

    assert db.session.scalar(select(func.count()).select_from(Member)) == 2


@pytest.mark.parametrize(
    "password", ["password1234", "kim@example.com", "kimberley", "Kimberley2024"]
)
def test_weak_password_is_rejected(password: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        register(EMAIL, "Kimberley", password)

    assert list(caught.value.messages) == ["password"]
    assert db.session.scalar(select(func.count()).select_from(Member)) == 0


@pytest.mark.slow
def test_one_of_many_concurrent_registrations_succeeds(run_concurrently: RunConcurrently) -> None:
    def try_to_register() -> str:
        try:
            register(EMAIL, "Kim", PASSWORD)
        except DuplicateFieldError:
            return "taken"
        return "registered"

    results = run_concurrently(*[try_to_register] * CONCURRENCY)

    assert (results.count("registered"), results.count("taken")) == (1, CONCURRENCY - 1)
    assert db.session.scalar(select(func.count()).select_from(Member)) == 1


def test_correct_password_returns_the_member_id(kim_id: int) -> None:
    assert login() == kim_id


@pytest.mark.parametrize(
    "password", [WRONG_PASSWORD, PASSWORD.upper(), PASSWORD + " ", "", "\ud800"]
)
@pytest.mark.usefixtures("kim_id")
def test_wrong_password_raises_invalid_credentials(password: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        login(password)


@pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "without a password"])
def test_every_failed_login_checks_one_hash_at_the_current_cost(
    kim_id: int, bcrypt_checks: list[bytes], case: str
) -> None:
    kim = db.session.get_one(Member, kim_id)
    kim.disabled_at = NOW if case == "disabled" else None
    kim.password_hash = None if case == "without a password" else kim.password_hash
    db.session.commit()

    with pytest.raises(InvalidCredentialsError):
        login(
            WRONG_PASSWORD if case == "wrong" else PASSWORD,
            "nobody@example.com" if case == "unknown" else EMAIL,
        )

    assert [password_hash[:7] for password_hash in bcrypt_checks] == [b"$2b$04$"]


def test_login_with_an_unknown_kind_of_password_hash_fails_and_is_logged(
    kim_id: int, log: Log
) -> None:
    db.session.get_one(Member, kim_id).password_hash = "$argon2id$v=19$c2FsdA$aGFzaA"  # noqa: S105  # Not a secret.
    db.session.commit()

    with pytest.raises(InvalidCredentialsError):
        login()

    events = [(line["event"], line.get("member_id")) for line in log()]
    assert events == [("invalid_password_hash", None), ("authn_login_fail", kim_id)]


def test_correct_password_is_checked_once(kim_id: int, bcrypt_checks: list[bytes]) -> None:
    assert (login(), len(bcrypt_checks)) == (kim_id, 1)


@pytest.mark.usefixtures("kim_id")
def test_no_password_is_checked_during_a_lockout(bcrypt_checks: list[bytes]) -> None:
    for _number in range(12):
        with pytest.raises((InvalidCredentialsError, TooManyAttemptsError)):
            login(WRONG_PASSWORD)

    with pytest.raises(TooManyAttemptsError):
        login()
    assert len(bcrypt_checks) == 10


@pytest.mark.slow
@pytest.mark.usefixtures("kim_id")
def test_concurrent_attempts_do_not_exceed_the_threshold(
    run_concurrently: RunConcurrently, bcrypt_checks: list[bytes]
) -> None:
    def guess() -> str:
        try:
            login(WRONG_PASSWORD)
        except InvalidCredentialsError:
            return "wrong"
        except TooManyAttemptsError:
            return "too many"
        return "right"

    results = run_concurrently(*[guess] * CONCURRENCY)

    assert (results.count("wrong"), results.count("too many")) == (10, CONCURRENCY - 10)
    assert len(bcrypt_checks) == 10


def test_distributed_attempts_do_not_lock_a_known_network_out(kim: Principal) -> None:
    *_others, account_key = kims_attempt().thresholds
    lockout = Throttle(
        key=account_key, attempts=100, began_at=NOW, locked_until=NOW + timedelta(seconds=15)
    )
    db.session.add(lockout)
    db.session.commit()

    with pytest.raises(TooManyAttemptsError):
        authenticate(EMAIL, PASSWORD, OTHER_NETWORK, NOW)
    assert login() == kim.id


@pytest.mark.usefixtures("kim_id", "raised_bcrypt_cost")
def test_login_replaces_a_hash_with_a_lower_cost() -> None:
    login()
    db.session.commit()

    assert stored_hash().startswith("$2b$05$")
    assert is_current_password(PASSWORD)


@pytest.mark.usefixtures("kim_id")
def test_login_keeps_a_hash_with_the_current_cost() -> None:
    before = stored_hash()

    login()
    db.session.commit()

    assert stored_hash() == before
