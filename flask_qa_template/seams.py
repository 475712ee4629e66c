"""Measure how many existing Python files change when an option is switched on.

Run as a program, this module rewrites `docs/seams.md`.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from .extension import SourceFile
from .options import (
    REPOSITORY,
    SOURCE_TREE,
    core_variants,
    default_answers,
    excluded_files,
)

SEAMS_PAGE = REPOSITORY / "docs/seams.md"
INTRODUCTION = """\
# Seams between options

An option brings its own files. This page shows what else changes when it is switched on: the Python
files of `service/` that exist in both projects, and their added and removed lines. Each row is the
largest change in all combinations of the other core options. `make seams` writes this page, and
`tests/test_seams.py` compares it with the source tree.

| switch | files | added | removed |
| --- | ---: | ---: | ---: |
"""


class Switch(NamedTuple):
    """A core question and two answers to it."""

    question: str
    off: Any
    on: Any

    def __str__(self) -> str:
        """Return the text of the switch in the table."""
        if isinstance(self.on, bool):
            return f"`{self.question}`"
        return f"`{self.question}`: {self.off} → {self.on}"


class FileChange(NamedTuple):
    """The number of added and removed lines of a file."""

    path: str
    added: int
    removed: int


SWITCHES = (
    Switch("auth", "none", "jwt"),
    Switch("forms", off=False, on=True),
    Switch("bootstrap", off=False, on=True),
    Switch("database", "sqlite", "mysql"),
    Switch("database", "sqlite", "postgresql"),
)


def python_files(answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the lines of each Python file below `service/` of a project with these answers."""
    complete = {**default_answers(), **answers}
    excluded = set(excluded_files(complete))
    names = [
        path.relative_to(SOURCE_TREE).as_posix() for path in SOURCE_TREE.glob("service/**/*.py")
    ]
    return {
        name: render(name, complete).splitlines() for name in sorted(names) if name not in excluded
    }


def render(name: str, answers: Mapping[str, Any]) -> str:
    """Return the text of a source file in a project with these answers."""
    source = (SOURCE_TREE / name).read_text(encoding="utf-8")
    return SourceFile(source, name).render(cookiecutter=answers)


def changes(off: Mapping[str, list[str]], on: Mapping[str, list[str]]) -> list[FileChange]:
    """Return the changes of the files that exist in both projects, `off` and `on`, and differ."""
    common = [path for path in off if path in on and off[path] != on[path]]
    return [FileChange(path, *line_counts(off[path], on[path])) for path in common]


def line_counts(before: list[str], after: list[str]) -> tuple[int, int]:
    """Return the number of added and the number of removed lines."""
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    unchanged = sum(block.size for block in matcher.get_matching_blocks())
    return len(after) - unchanged, len(before) - unchanged


def measure() -> dict[Switch, list[FileChange]]:
    """Return the largest change of each switch in all combinations of the other core options."""
    variants = [(answers, python_files(answers)) for answers in core_variants()]
    return {
        switch: max(
            pair_changes(switch, variants),
            key=lambda files: (added_lines(files), removed_lines(files)),
        )
        for switch in SWITCHES
    }


def pair_changes(
    switch: Switch, variants: list[tuple[dict[str, Any], dict[str, list[str]]]]
) -> Iterator[list[FileChange]]:
    """Yield the changes for each pair of variants that differ in this switch only."""
    for answers, off in variants:
        if answers[switch.question] == switch.off:
            expected = {**answers, switch.question: switch.on}
            yield changes(off, next(on for other, on in variants if other == expected))


def added_lines(files: list[FileChange]) -> int:
    """Return the number of lines that are added to the files."""
    return sum(file.added for file in files)


def removed_lines(files: list[FileChange]) -> int:
    """Return the number of lines that are removed from the files."""
    return sum(file.removed for file in files)


def page_text(measured: Mapping[Switch, list[FileChange]]) -> str:
    """Return the content of `docs/seams.md`."""
    rows = [
        f"| {switch} | {len(files)} | {added_lines(files)} | {removed_lines(files)} |\n"
        for switch, files in measured.items()
    ]
    details = [
        f"\n## {switch}\n\n"
        + "".join(f"- `{file.path}`: +{file.added} −{file.removed}\n" for file in files)  # noqa: RUF001 - A minus sign.
        for switch, files in measured.items()
    ]
    return "".join([INTRODUCTION, *rows, *details])


if __name__ == "__main__":
    SEAMS_PAGE.write_text(page_text(measure()), encoding="utf-8")
