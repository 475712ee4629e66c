"""What each option brings, as `options.json` declares it: the one place that says so.

The files are read when they are needed, and again when they have changed: an update tool works
with two versions of the template in one process.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
SOURCE_TREE = REPOSITORY / "{{cookiecutter.project_slug}}"


def declaration() -> dict[str, Any]:
    """Read the declaration of the options."""
    return _read(Path(__file__).with_name("options.json"))


def questions() -> dict[str, Any]:
    """Read the questions with their defaults or choices, without what is private."""
    everything = _read(REPOSITORY / "cookiecutter.json")
    return {key: value for key, value in everything.items() if not key.startswith("_")}


def holds(condition: str, answers: Mapping[str, Any]) -> bool:
    """Tell whether the answers fulfil a condition. Raises ValueError as `alternatives` does."""
    return any(
        all(_is_answered(needed, answers) == truth for needed, truth in terms)
        for terms in alternatives(condition)
    )


def alternatives(condition: str) -> list[list[tuple[dict[str, Any], bool]]]:
    """Return a condition as alternatives of terms: which answers, and whether they are meant so.

    A condition is words of the declaration joined with `not`, `and` and `or`, which bind as in
    Python; there are no brackets. Raises ValueError for anything else.
    """
    words = declaration()["words"]
    return [
        [_term(term.strip(), words) for term in part.split(" and ")]
        for part in condition.split(" or ")
    ]


def declared_paths() -> dict[str, str]:
    """Return every path that an option owns, with the condition under which it exists."""
    declared = declaration()
    owned: dict[str, str] = {
        f"{root}/{package}": condition
        for package, condition in declared["packages"].items()
        for root in ("service", "tests")
    }
    owned.update(declared["paths"])
    return owned


def switched_off(answers: Mapping[str, Any]) -> list[str]:
    """Return the files of the source tree that a project with these answers does not have.

    A folder is given file by file, so that what a user has put beside them is safe. A declared
    path that does not exist is returned as it is: deleting it is then an error.
    """
    off = [path for path, condition in declared_paths().items() if not holds(condition, answers)]
    return sorted({file for path in off for file in _files(path)})


def core_variants() -> list[dict[str, Any]]:
    """Return every combination of answers to the questions that change Python code."""
    asked = questions()
    core = declaration()["core"]
    choices = [asked[key] if isinstance(asked[key], list) else [True, False] for key in core]
    return [dict(zip(core, values, strict=True)) for values in product(*choices)]


def variant_name(answers: Mapping[str, Any]) -> str:
    """Name a variant by its answers: `sqlite-forms-no_bootstrap`."""
    return "-".join(
        value if isinstance(value, str) else f"{'' if value else 'no_'}{key}"
        for key, value in answers.items()
    )


def _term(term: str, words: dict[str, dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    word = term.removeprefix("not ").strip()
    if word not in words:
        message = f"{word!r} is no word; use {', '.join(sorted(words))}, with not, and, or"
        raise ValueError(message)
    return words[word], not term.startswith("not ")


def _is_answered(needed: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    return all(answers[key] == value for key, value in needed.items())


def _files(path: str) -> Iterator[str]:
    found = SOURCE_TREE / path
    if not found.is_dir():
        yield path
        return
    for file in found.rglob("*"):
        if file.is_file():
            yield file.relative_to(SOURCE_TREE).as_posix()


def _read(path: Path) -> dict[str, Any]:
    # Conditions ask for it a hundred times while a project is rendered.
    return _parsed(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _parsed(path: Path, _changed: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
