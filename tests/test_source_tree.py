"""The source tree is an application with all options on, and passes its own checks."""

import io
import re
import shutil
import subprocess
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_qa_template.options import REPOSITORY, SOURCE_TREE
from tests.conftest import WITHOUT_SLOW_TESTS, Project

CHECKS = {
    "format": "ruff format --check",
    "lint": "ruff check",
    "types": "mypy",
    "imports": "lint-imports",
    "pages": "djlint --check --lint service",
    "tests": "pytest -q",
}


@pytest.fixture(scope="session")
def source_tree(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a copy of the source tree, so that checks create no files in the original."""
    path = tmp_path_factory.mktemp("source") / "tree"
    shutil.copytree(SOURCE_TREE, path)
    return Project(path, {}, {"APP_ENV": "testing", **WITHOUT_SLOW_TESTS})


@pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS)
def test_source_tree_passes_its_own_checks(source_tree: Project, command: str) -> None:
    done = source_tree.run(*command.split())

    assert done.status == 0, done.out + done.err


def test_no_python_file_mentions_the_generator() -> None:
    found = [
        path for path in SOURCE_TREE.rglob("*.py") if "cookiecutter" in path.read_text("utf-8")
    ]

    assert found == []


def test_source_tree_has_no_todo_fixme_or_hack() -> None:
    tagged = [
        f"{path.name}: {comment}"
        for path, comment in comments()
        if re.search(r"\b(TODO|FIXME|HACK)\b", comment)
    ]

    assert tagged == []


def test_troubleshooting_page_lists_each_log_event_once() -> None:
    page = (SOURCE_TREE / "docs" / "operations.md").read_text("utf-8")
    for language in page.split("\n# ")[1:]:
        events = re.findall(r"^\| `(\w+)` \|", language, re.MULTILINE)

        assert events
        assert sorted(events) == sorted(set(events))


def comments() -> Iterator[tuple[Path, str]]:
    """Yield each comment of each Python file."""
    for path in SOURCE_TREE.rglob("*.py"):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type == tokenize.COMMENT:
                yield path, token.string


@pytest.mark.parametrize("folder", [REPOSITORY, SOURCE_TREE], ids=["template", "project"])
def test_checkout_has_lf_where_git_converts_line_endings(folder: Path, tmp_path: Path) -> None:
    names = ["Makefile", "a.sh", "a.conf", "a.sql", "a.py"]
    for name in names:
        (tmp_path / name).write_bytes(b"a\nb\n")
    shutil.copy(folder / ".gitattributes", tmp_path)
    git = ["git", "-c", "core.autocrlf=true"]
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    for name in names:
        (tmp_path / name).unlink()

    subprocess.run([*git, "checkout-index", "--all"], cwd=tmp_path, check=True)

    checked_out = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert checked_out.pop(".gitattributes")
    assert checked_out == dict.fromkeys(names, b"a\nb\n")


def test_each_log_event_is_explained_once_per_language() -> None:
    text = (SOURCE_TREE / "docs/operations.md").read_text("utf-8")

    events = Counter(re.findall(r"^\| `(\w+)` \| (?:error|warning|info) \|", text, re.MULTILINE))

    assert set(events.values()) == {2}
