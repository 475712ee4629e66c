"""Password hashing."""

import hmac
from base64 import b64encode

import bcrypt
import pytest

from service.accounts.passwords import PasswordHasher

PEPPER = "a pepper, used in tests only"
HASHER = PasswordHasher(PEPPER, cost=4)
PASSWORDS = [
    pytest.param("x" * 72, id="72 bytes"),
    pytest.param("x" * 73, id="73 bytes"),
    pytest.param("x" * 128, id="128 bytes"),
    pytest.param("x" * 10_000, id="10,000 bytes"),
    pytest.param("\N{GRINNING FACE}" * 64, id="64 emoji"),
    pytest.param("before\0after", id="NUL byte"),
    pytest.param("surrogate: \ud800", id="lone surrogate"),
    pytest.param("  around  ", id="leading and trailing spaces"),
    pytest.param("", id="empty"),
]


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Skip the clean-up of the database, which these tests do not use."""


@pytest.mark.parametrize("password", PASSWORDS)
def test_password_matches_its_hash(password: str) -> None:
    assert HASHER.verify(password, HASHER.hash(password))


@pytest.mark.parametrize("password", PASSWORDS)
def test_every_character_is_significant(password: str) -> None:
    password_hash = HASHER.hash(password)

    others = [password + "x", password[:-1] + "?", password.upper() + "?", password[:72] + "?"]
    assert not any(HASHER.verify(other, password_hash) for other in others)


@pytest.mark.parametrize(
    ("password", "other"),
    [
        pytest.param("x" * 73, "x" * 72, id="truncated to 72 bytes"),
        pytest.param("before\0after", "before", id="truncated at a NUL byte"),
        pytest.param("before\0after", "before\0other", id="different after a NUL byte"),
        pytest.param("  around  ", "around", id="leading and trailing spaces"),
        pytest.param("Case Matters", "case matters", id="case"),
        pytest.param("\N{ANGSTROM SIGN}ngstrom", "\xc5ngstrom", id="Unicode normalization form"),
    ],
)
def test_similar_passwords_do_not_match(password: str, other: str) -> None:
    assert not HASHER.verify(other, HASHER.hash(password))


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param("a long walk by the sea", id="plain text"),
        pytest.param("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", id="argon2"),
        pytest.param("scrypt:32768:8:1$c2FsdA$aGFzaA", id="Werkzeug"),
        pytest.param("$2b$99$" + "." * 53, id="impossible cost"),
        pytest.param("$2b$04$" + "." * 20, id="cut off"),
        pytest.param("$2b$04$" + "\0" * 53, id="NUL bytes"),
        pytest.param("", id="empty"),
    ],
)
def test_value_that_is_no_bcrypt_hash_matches_no_password(
    bcrypt_checks: list[bytes], stored: str
) -> None:
    assert not HASHER.verify(stored, stored)
    # In the usual time: with the current cost.
    assert bcrypt_checks[-1].startswith(b"$2b$04$......")


def test_hash_is_bcrypt_over_a_keyed_hmac() -> None:
    password_hash = HASHER.hash("a password").encode()

    keyed = b64encode(hmac.digest(PEPPER.encode(), b"a password", "sha384"))
    assert bcrypt.hashpw(keyed, password_hash) == password_hash


def test_hash_is_salted() -> None:
    assert HASHER.hash("a password") != HASHER.hash("a password")


def test_password_does_not_match_with_another_pepper() -> None:
    password_hash = HASHER.hash("a password")

    assert not PasswordHasher("another pepper", 4).verify("a password", password_hash)


def test_hash_contains_the_cost() -> None:
    assert PasswordHasher(PEPPER, 5).hash("a password").startswith("$2b$05$")


@pytest.mark.parametrize(
    ("cost", "needs_rehash"),
    [
        pytest.param(3, False, id="lower cost"),
        pytest.param(4, False, id="same cost"),
        pytest.param(5, True, id="higher cost"),
        pytest.param(12, True, id="higher cost with two digits"),
    ],
)
def test_hash_with_a_lower_cost_needs_rehash(cost: int, needs_rehash: bool) -> None:
    password_hash = HASHER.hash("a password")

    assert PasswordHasher(PEPPER, cost).needs_rehash(password_hash) is needs_rehash


def test_no_password_matches_without_a_hash() -> None:
    assert not HASHER.verify("a password", None)


def test_dummy_hash_has_the_current_cost(bcrypt_checks: list[bytes]) -> None:
    PasswordHasher(PEPPER, 6).verify("a password", None)

    assert [stored[:7] for stored in bcrypt_checks] == [b"$2b$06$"]


@pytest.mark.parametrize("password", ["a password", "another"])
def test_password_is_checked_once(bcrypt_checks: list[bytes], password: str) -> None:
    password_hash = HASHER.hash("a password")

    HASHER.verify(password, password_hash)

    assert bcrypt_checks == [password_hash.encode()]
