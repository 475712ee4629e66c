"""Validation of the answers to the questions of `cookiecutter.json`.

Run as a program, this module validates the `key=value` arguments of a command line, because
cookiecutter ignores unknown keys.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

from . import options

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MAX_SLUG_LENGTH = 50
MAX_TEXT_LENGTH = 120
AUTHOR = re.compile(
    r"(?P<name>[^<>]*[^<> ]) "
    r"<(?P<email>[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)>"
)
WINDOWS_DEVICE_NAME = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
# The words that cookiecutter accepts, see `cookiecutter.prompt.YesNoPrompt`.
BOOLEAN_WORDS = dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True) | dict.fromkeys(
    ("0", "false", "f", "no", "n", "off"), False
)


def answer_errors(answers: Mapping[str, Any]) -> list[str]:
    """Return a message `<question>: <error>` for each invalid answer.

    This includes choices: cookiecutter does not check the answers of a replay file or an update
    tool.
    """
    asked = options.questions()
    errors = {key: answer_error(key, answers.get(key), asked[key]) for key in asked}
    errors |= {key: _derived_error(key, answers) for key in ("__author_name", "__author_email")}
    return [f"{key}: {error}" for key, error in errors.items() if error]


def require_valid_answers(answers: Mapping[str, Any]) -> str:
    """Return an empty string if the answers are valid; else print the errors and exit with 1."""
    exit_on_errors(answer_errors(answers))
    return ""


def answer_error(key: str, answer: object, default: object) -> str | None:
    """Return why an answer to the question is invalid, or None if it is valid.

    `default` is the value of the question in `cookiecutter.json`: its default, or its choices.
    """
    if isinstance(default, list):
        choices = ", ".join(default)
        return None if answer in default else f"{_quote(answer)} must be one of {choices}."
    if isinstance(default, bool):
        return None if isinstance(answer, bool) else f"{_quote(answer)} must be yes or no."
    if not isinstance(answer, str):
        return f"{_quote(answer)} must be text."
    if key == "project_slug":
        return next(_slug_errors(answer), None)
    error = next(_text_errors(answer), None)
    if key == "author" and not error and not _is_author(answer):
        return f"{_quote(answer)} must have the form Name <name@example.com>."
    return error


def localize_defaults(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers; default texts are translated into the language of the project."""
    asked = options.questions()
    localized = options.declaration()["localized_defaults"].get(answers.get("language"), {})
    unchanged = {key: text for key, text in localized.items() if answers.get(key) == asked[key]}
    return {**answers, **unchanged}


def argument_errors(arguments: list[str]) -> Iterator[str]:
    """Yield a message for each invalid `key=value` argument."""
    asked = options.questions()
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in asked:
            yield f"{_quote(argument)} must be question=answer; questions: {', '.join(asked)}."
        elif error := answer_error(key, _parse_answer(value, asked[key]), asked[key]):
            yield f"{key}: {error}"


def _parse_answer(value: str, default: object) -> object:
    return BOOLEAN_WORDS.get(value.lower(), value) if isinstance(default, bool) else value


def _slug_errors(slug: str) -> Iterator[str]:
    if not SLUG.fullmatch(slug) or len(slug) > MAX_SLUG_LENGTH:
        yield (
            f"{_quote(slug)} must consist of lowercase letters, digits and single hyphens, start "
            f"with a letter, and have at most {MAX_SLUG_LENGTH} characters."
        )
    suggestion = f"use another name, for example {slug}-board."
    if WINDOWS_DEVICE_NAME.fullmatch(slug):
        yield f"{_quote(slug)} is a reserved device name on Windows; {suggestion}"
    if slug.replace("-", "_") in sys.stdlib_module_names:
        yield f"{_quote(slug)} is the name of a Python standard library module; {suggestion}"
    if slug in options.declaration()["reserved"] or _is_dependency(slug):
        yield f"{_quote(slug)} is a name that the project uses itself; {suggestion}"


def _text_errors(text: str) -> Iterator[str]:
    unprintable = next((character for character in text if not character.isprintable()), None)
    if unprintable:
        yield f"{_quote(text)} must not contain the unprintable character U+{ord(unprintable):04X}."
    if not 1 <= len(text) <= MAX_TEXT_LENGTH:
        yield f"{_quote(text)} must have 1 to {MAX_TEXT_LENGTH} characters, not {len(text)}."
    if text != text.strip():
        yield f"{_quote(text)} must not start or end with a space."
    if not any(character.isalnum() for character in text):
        yield f"{_quote(text)} must contain a letter or a digit."


def _is_author(text: str) -> bool:
    author = AUTHOR.fullmatch(text)
    if not author:
        return False
    # setuptools writes the author into the metadata of the project with this class.
    try:
        Address(display_name=author["name"], addr_spec=author["email"])
    except (MessageError, ValueError):
        return False
    return True


def _derived_error(key: str, answers: Mapping[str, Any]) -> str | None:
    # The command line and replay files can also set private variables.
    author = AUTHOR.fullmatch(str(answers.get("author")))
    if author and key in answers and answers[key] != author[key.removeprefix("__author_")]:
        return "must not be set; it is derived from author."
    return None


def _is_dependency(slug: str) -> bool:
    # Each requirement is on a separate line.
    spelled = re.escape(slug).replace(r"\-", "[-_.]+")
    text = (options.SOURCE_TREE / "pyproject.toml").read_text(encoding="utf-8")
    return bool(re.search(rf'^\s*"{spelled}(?![-\w.])', text, re.IGNORECASE | re.MULTILINE))


def _quote(answer: object) -> str:
    text = repr(answer)
    return text if len(text) <= MAX_TEXT_LENGTH else f"{text[:MAX_TEXT_LENGTH]}…"


def exit_on_errors(errors: list[str]) -> None:
    """Print the errors and exit with 1, unless there are none."""
    for error in errors:
        print(f"ERROR: {error}", file=sys.stderr)
    if errors:
        raise SystemExit(1)


if __name__ == "__main__":
    exit_on_errors(list(argument_errors(sys.argv[1:])))
