"""Rules for new passwords."""

import unicodedata

import pytest

from service.accounts.rules import PASSWORD, common_passwords, weak_password_error


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Skip the clean-up of the database, which these tests do not use."""


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("abcdefghijklmno", id="15 lowercase letters"),
        pytest.param("x" * 128, id="128 characters"),
        pytest.param("\N{GRINNING FACE}" * 64, id="64 emoji"),
        pytest.param("before\0after", id="NUL byte"),
        pytest.param("two\nlines", id="two lines"),
        pytest.param("  around  ", id="leading and trailing spaces"),
        pytest.param("\ube44\ubc00\ubc88\ud638 \uc785\ub2c8\ub2e4", id="Korean"),
    ],
)
def test_any_characters_are_allowed(password: str) -> None:
    assert PASSWORD.clean(password) == password
    assert PASSWORD.error_message(password) is None


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("7 chars", id="7 characters"),
        pytest.param("x" * 129, id="129 characters"),
        pytest.param("", id="empty"),
        pytest.param("surrogate: \ud800", id="lone surrogate"),
    ],
)
def test_invalid_password_is_rejected(password: str) -> None:
    assert PASSWORD.error_message(password)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "PASSWORD",
        "qwertyuiop",
        "iloveyou!!!",
        "12345678",
        "dragon-2024",
        "pass word",
    ],
)
def test_common_password_is_weak(password: str) -> None:
    assert weak_password_error(password)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("kimberley@example.com", id="email address"),
        pytest.param("kimberley", id="local part of the email address"),
        pytest.param("Kimberley99!", id="local part with a suffix"),
        pytest.param("The Great Lee", id="name"),
        pytest.param("thegreatlee7", id="name without spaces"),
        pytest.param("Question Board", id="site name"),
        pytest.param("questionboard2026", id="site name without spaces"),
    ],
)
def test_context_specific_word_is_weak(password: str) -> None:
    assert weak_password_error(password, "kimberley@example.com", "The Great Lee", "Question Board")


def test_context_word_that_ends_in_digits_is_weak() -> None:
    assert weak_password_error("zolu20245", "zolu2024@example.com")


@pytest.mark.parametrize("password", ["abcdefghijklmno", "correct horse battery", "1!2!3!4!"])
def test_other_passwords_are_accepted(password: str) -> None:
    # There are no composition rules (ASVS 5.0, 6.2.5).
    assert weak_password_error(password, "2024@example.com", "77", "") is None


def test_at_least_3000_common_passwords_have_a_valid_length() -> None:
    # ASVS 5.0, 6.2.4 requires this number.
    valid = [word for word in common_passwords() if PASSWORD.error_message(word) is None]

    assert len(valid) >= 3000


def test_common_passwords_are_casefolded_and_normalized() -> None:
    assert all(word == word.casefold() for word in common_passwords())
    assert all(unicodedata.is_normalized("NFC", word) for word in common_passwords())
