"""The options of the template, as `options.json` declares them."""

import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from functools import lru_cache
from itertools import chain, product
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
SOURCE_TREE = REPOSITORY / "{{cookiecutter.project_slug}}"


def declaration() -> dict[str, Any]:
    """Return the content of `options.json`."""
    return _read(Path(__file__).with_name("options.json"))


def questions() -> dict[str, Any]:
    """Return the public questions of `cookiecutter.json` with their defaults or choices."""
    content = _read(REPOSITORY / "cookiecutter.json")
    return {key: value for key, value in content.items() if not key.startswith("_")}


def default_answers() -> dict[str, Any]:
    """Return the default answer to each question; that of `project_slug` is a Jinja expression."""
    return {
        key: default[0] if isinstance(default, list) else default
        for key, default in questions().items()
    }


def matches(expression: str, answers: Mapping[str, Any]) -> bool:
    """Return whether the answers satisfy an expression.

    Raises ValueError if the expression is invalid, see `parse_expression`.
    """
    return any(
        all(_is_satisfied(condition, answers) == expected for condition, expected in terms)
        for terms in parse_expression(expression)
    )


def parse_expression(expression: str) -> list[list[tuple[dict[str, Any], bool]]]:
    """Return the alternatives of an expression: lists of conditions and their expected values.

    An expression combines names from `conditions` in `options.json` with `not`, `and` and `or`,
    with the precedence of Python and without brackets. Raises ValueError if it is invalid.
    """
    conditions = declaration()["conditions"]
    return [
        [_parse_term(term.strip(), conditions) for term in alternative.split(" and ")]
        for alternative in expression.split(" or ")
    ]


def declared_paths() -> dict[str, str]:
    """Return each path that belongs to an option, with the expression under which it exists."""
    declared = declaration()
    folders = {
        f"{root}/{package}": expression
        for package, expression in declared["packages"].items()
        for root in ("service", "tests")
    }
    return {**folders, **declared["paths"]}


def excluded_files(answers: Mapping[str, Any]) -> list[str]:
    """Return the files of the source tree that a project with these answers does not have.

    These are files of options that are off. Folders are expanded to their files.
    """
    excluded = [path for path, when in declared_paths().items() if not matches(when, answers)]
    return sorted({file for path in excluded for file in _files_below(path)})


def skipped_files(answers: Mapping[str, Any]) -> set[str]:
    """Return the files of the source tree that are not rendered: excluded and ignored ones."""
    return {*excluded_files(answers), *ignored_files()}


def ignored_files() -> Iterator[str]:
    """Yield the files of the source tree that git ignores, like settings, caches, files of editors.

    Each line of the two `.gitignore` files is the name of a file or folder, possibly with `*`.
    """
    files = [folder / ".gitignore" for folder in (REPOSITORY, SOURCE_TREE)]
    lines = chain.from_iterable(file.read_text(encoding="utf-8").splitlines() for file in files)
    names = [line.partition("#")[0].strip().removesuffix("/") for line in lines]
    is_ignored = re.compile("|".join(translate(name) for name in names if name)).match
    for file in SOURCE_TREE.rglob("*"):
        path = file.relative_to(SOURCE_TREE)
        if any(map(is_ignored, path.parts)) and not file.is_dir():
            yield path.as_posix()


def missing_paths() -> list[str]:
    """Return the declared paths that the source tree does not have; it should be empty."""
    return [path for path in declared_paths() if not (SOURCE_TREE / path).exists()]


def core_variants() -> list[dict[str, Any]]:
    """Return every combination of answers to the questions that change Python code."""
    asked = questions()
    core = declaration()["core"]
    choices = [asked[key] if isinstance(asked[key], list) else [True, False] for key in core]
    return [dict(zip(core, values, strict=True)) for values in product(*choices)]


def celery_variants() -> list[dict[str, Any]]:
    """Return the variants with Celery that are tested in addition to the core variants."""
    variants: list[dict[str, Any]] = declaration()["celery_variants"]
    return variants


def variant_name(answers: Mapping[str, Any]) -> str:
    """Return a name made from the answers, for example `sqlite-jwt-forms-no_bootstrap`."""
    return "-".join(
        value if isinstance(value, str) else f"{'' if value else 'no_'}{key}"
        for key, value in answers.items()
    )


def _parse_term(term: str, conditions: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    name = term.removeprefix("not ").strip()
    if name not in conditions:
        message = f"unknown condition {name!r}; use {', '.join(sorted(conditions))}"
        raise ValueError(message)
    return conditions[name], not term.startswith("not ")


def _is_satisfied(condition: Mapping[str, Any], answers: Mapping[str, Any]) -> bool:
    return all(answers[key] == value for key, value in condition.items())


def _files_below(path: str) -> Iterator[str]:
    found = SOURCE_TREE / path
    if not found.is_dir():
        yield path
        return
    for file in found.rglob("*"):
        if file.is_file():
            yield file.relative_to(SOURCE_TREE).as_posix()


@lru_cache
def _read(path: Path) -> dict[str, Any]:
    # Rendering a project reads the declaration some hundred times, once for each expression.
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
