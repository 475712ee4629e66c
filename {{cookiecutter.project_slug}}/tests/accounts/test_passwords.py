"""Passwords."""

import hmac
from base64 import b64encode

import bcrypt
import pytest

from service.accounts.passwords import PasswordHashing

PEPPER = "only the tests hash passwords with this"
HASHING = PasswordHashing(PEPPER, cost=4)
PASSWORDS = [
    pytest.param("x" * 72, id="72 bytes"),
    pytest.param("x" * 73, id="73 bytes"),
    pytest.param("x" * 128, id="128 bytes"),
    pytest.param("x" * 10_000, id="10,000 bytes"),
    pytest.param("\N{GRINNING FACE}" * 64, id="64 emoji"),
    pytest.param("before\0after", id="NUL inside"),
    pytest.param("half a character: \ud800", id="lone surrogate"),
    pytest.param("  around  ", id="spaces around"),
    pytest.param("", id="empty"),
]


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Leave the database alone: nothing here knows of it."""


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_matches_its_hash(password: str) -> None:
    """R3.02, A08."""
    assert HASHING.matches(password, HASHING.hash(password))


@pytest.mark.parametrize("password", PASSWORDS)
def test_every_character_of_a_password_counts(password: str) -> None:
    """R3.02, A09, A10."""
    kept = HASHING.hash(password)

    others = [password + "x", password[:-1] + "?", password.upper() + "?", password[:72] + "?"]
    assert not any(HASHING.matches(other, kept) for other in others)


@pytest.mark.parametrize(
    ("password", "other"),
    [
        pytest.param("x" * 73, "x" * 72, id="cut at 72 bytes"),
        pytest.param("before\0after", "before", id="cut at NUL"),
        pytest.param("before\0after", "before\0other", id="all behind a NUL"),
        pytest.param("  around  ", "around", id="spaces around"),
        pytest.param("Case Matters", "case matters", id="case"),
        pytest.param("\N{ANGSTROM SIGN}ngstrom", "\xc5ngstrom", id="form of a letter"),
    ],
)
def test_passwords_that_differ_somewhere_are_not_the_same(password: str, other: str) -> None:
    """R3.02, A10."""
    assert not HASHING.matches(other, HASHING.hash(password))


def test_what_is_kept_is_bcrypt_over_a_keyed_hash() -> None:
    """R3.02."""
    salt = b"$2b$04$abcdefghijklmnopqrstuu"
    hashing = PasswordHashing(PEPPER, 4, salt=lambda _cost: salt)

    keyed = b64encode(hmac.digest(PEPPER.encode(), b"a password", "sha384"))
    assert hashing.hash("a password") == bcrypt.hashpw(keyed, salt).decode()


def test_the_same_password_is_kept_in_another_form_each_time() -> None:
    assert HASHING.hash("a password") != HASHING.hash("a password")


def test_without_the_pepper_nothing_matches() -> None:
    """R3.02."""
    kept = HASHING.hash("a password")

    assert not PasswordHashing("another pepper", 4).matches("a password", kept)


def test_the_cost_stands_in_the_hash() -> None:
    """R3.01."""
    assert PasswordHashing(PEPPER, 5).hash("a password").startswith("$2b$05$")


@pytest.mark.parametrize(
    ("cost", "is_outdated"),
    [
        pytest.param(3, False, id="the cost has fallen"),
        pytest.param(4, False, id="the same cost"),
        pytest.param(5, True, id="the cost has risen"),
        pytest.param(12, True, id="the cost has risen to two digits"),
    ],
)
def test_a_hash_of_a_lower_cost_is_outdated(cost: int, is_outdated: bool) -> None:
    """R3.01."""
    kept = HASHING.hash("a password")

    assert PasswordHashing(PEPPER, cost).is_outdated(kept) is is_outdated


def test_nothing_matches_where_nothing_is_kept() -> None:
    """R3.04."""
    assert not HASHING.matches("a password", None)


def test_nobodys_hash_is_checked_at_todays_cost(checks: list[bytes]) -> None:
    """R3.04, A17."""
    PasswordHashing(PEPPER, 6).matches("a password", None)

    assert [kept[:7] for kept in checks] == [b"$2b$06$"]


@pytest.mark.parametrize("password", ["a password", "another"])
def test_a_password_is_checked_once(checks: list[bytes], password: str) -> None:
    """R3.04, A17."""
    kept = HASHING.hash("a password")

    HASHING.matches(password, kept)

    assert checks == [kept.encode()]
