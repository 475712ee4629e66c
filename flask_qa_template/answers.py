"""What is wrong with a set of answers: every sentence that refuses one is made here."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from flask_qa_template import options

SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SLUG_CHARACTERS = 50
TEXT_CHARACTERS = 120
AUTHOR = re.compile(
    r"(?P<name>[^<>]*[^<> ]) "
    r"<(?P<email>[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)>"
)
DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")


def problems(answers: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each bad answer: `<question>: <what is wrong, what would do>`.

    Every question is looked at, and each answer for itself, because answers that are replayed or
    come from an update tool have not passed cookiecutter's own checks.
    """
    asked = options.questions()
    found = {key: problem(key, answers.get(key), asked[key]) for key in asked}
    found |= {key: _derived_problem(key, answers) for key in ("__author_name", "__author_email")}
    return [f"{key}: {sentence}" for key, sentence in found.items() if sentence]


def refuse_problems(answers: Mapping[str, Any]) -> str:
    """Return an empty text for good answers; for bad ones print every sentence and end with 1."""
    found = problems(answers)
    for sentence in found:
        print(f"ERROR: {sentence}", file=sys.stderr)
    if found:
        raise SystemExit(1)
    return ""


def problem(key: str, answer: object, default: object) -> str | None:
    """Return what is wrong with one answer to a question that has this default, or None."""
    if isinstance(default, list):
        return None if answer in default else f"{_shown(answer)} is none of {', '.join(default)}."
    if isinstance(default, bool):
        return None if isinstance(answer, bool) else f"{_shown(answer)} is neither yes nor no."
    if not isinstance(answer, str):
        return f"{_shown(answer)} is no text."
    if key == "project_slug":
        return next(_slug_problems(answer), None)
    sentence = next(_text_problems(answer), None)
    if key == "author" and not sentence and not AUTHOR.fullmatch(answer):
        return f"{_shown(answer)} is no author; write Name <name@example.com>."
    return sentence


def _slug_problems(slug: str) -> Iterator[str]:
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_CHARACTERS:
        yield (
            f"{_shown(slug)} cannot name a folder; use lower-case letters, digits and single "
            f"hyphens, a letter first, at most {SLUG_CHARACTERS} characters, like question-board."
        )
    if DEVICES.fullmatch(slug):
        yield f"{_shown(slug)} is a device on Windows; add a word, like {slug}-board."
    if slug.replace("-", "_") in sys.stdlib_module_names:
        yield f"{_shown(slug)} is a module of Python itself; add a word, like {slug}-board."
    if slug in options.declaration()["reserved"] or _is_dependency(slug):
        yield f"{_shown(slug)} is a name the project itself uses; add a word, like {slug}-board."


def _text_problems(text: str) -> Iterator[str]:
    hidden = next((character for character in text if not character.isprintable()), None)
    if hidden:
        yield f"{_shown(text)} holds U+{ord(hidden):04X}, which nobody can see; leave it out."
    if not 1 <= len(text) <= TEXT_CHARACTERS:
        yield f"{_shown(text)} has {len(text)} characters; use 1 to {TEXT_CHARACTERS}."
    if text != text.strip():
        yield f"{_shown(text)} begins or ends with a space; leave it out."
    if not any(character.isalnum() for character in text):
        yield f"{_shown(text)} holds neither a letter nor a digit; use at least one."


def _derived_problem(key: str, answers: Mapping[str, Any]) -> str | None:
    # A private variable can be given on the command line like any other, or come from a replay.
    author = AUTHOR.fullmatch(str(answers.get("author")))
    if author and key in answers and answers[key] != author[key.removeprefix("__author_")]:
        return "follows from author; do not give it."
    return None


def _is_dependency(slug: str) -> bool:
    # Searched as text: to import and run the TOML parser would take longer than all other checks.
    spelled = re.escape(slug).replace(r"\-", "[-_.]+")
    text = (options.SOURCE_TREE / "pyproject.toml").read_text(encoding="utf-8")
    return bool(re.search(rf'^\s*"{spelled}(?![-\w.])', text, re.IGNORECASE | re.MULTILINE))


def _shown(answer: object) -> str:
    text = repr(answer)
    return text if len(text) <= TEXT_CHARACTERS else f"{text[:TEXT_CHARACTERS]}…"
