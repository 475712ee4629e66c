"""What a password may be."""

import unicodedata

import pytest

from service.accounts.rules import (
    PASSWORD,
    common_passwords,
    too_easy,
)


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Leave the database alone: nothing here knows of it."""


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("abcdefghijklmno", id="15 small letters"),
        pytest.param("x" * 128, id="128 characters"),
        pytest.param("\N{GRINNING FACE}" * 64, id="64 emoji"),
        pytest.param("before\0after", id="NUL inside"),
        pytest.param("two\nlines", id="two lines"),
        pytest.param("  around  ", id="spaces around"),
        pytest.param("\ube44\ubc00\ubc88\ud638 \uc785\ub2c8\ub2e4", id="Korean"),
    ],
)
def test_a_password_may_hold_anything(password: str) -> None:
    """R3.02, R3.03."""
    assert PASSWORD.clean(password) == password
    assert PASSWORD.problem(password) is None


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("7 chars", id="7 characters"),
        pytest.param("x" * 129, id="129 characters"),
        pytest.param("", id="empty"),
        pytest.param("half a character: \ud800", id="half a character"),
    ],
)
def test_a_password_has_a_length_and_whole_characters(password: str) -> None:
    """A07, A13."""
    assert PASSWORD.problem(password)


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
def test_a_common_password_is_too_easy(password: str) -> None:
    """R3.03, A07."""
    assert too_easy(password)


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("kimberley@example.com", id="the e-mail"),
        pytest.param("kimberley", id="its first part"),
        pytest.param("Kimberley99!", id="with something appended"),
        pytest.param("The Great Lee", id="the name"),
        pytest.param("thegreatlee7", id="the name in one word"),
        pytest.param("Question Board", id="the site"),
        pytest.param("questionboard2026", id="the site in one word"),
    ],
)
def test_a_word_of_the_context_is_too_easy(password: str) -> None:
    """R3.03, A07."""
    assert too_easy(password, "kimberley@example.com", "The Great Lee", "Question Board")


def test_digits_in_the_context_are_no_help() -> None:
    """R3.03."""
    assert too_easy("zolu20245", "zolu2024@example.com")


@pytest.mark.parametrize("password", ["abcdefghijklmno", "correct horse battery", "1!2!3!4!"])
def test_any_other_password_will_do(password: str) -> None:
    """R3.03: neither is a digit asked for, nor a capital."""
    assert too_easy(password, "2024@example.com", "77", "") is None


def test_enough_common_passwords_are_long_enough_to_be_chosen() -> None:
    """R3.03: ASVS 5.0, 6.2.4 asks for 3,000."""
    possible = [word for word in common_passwords() if PASSWORD.problem(word) is None]

    assert len(possible) >= 3000


def test_the_list_of_common_passwords_is_in_the_form_that_is_compared() -> None:
    assert all(word == word.casefold() for word in common_passwords())
    assert all(unicodedata.is_normalized("NFC", word) for word in common_passwords())
