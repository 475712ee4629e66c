"""The source tree is an application with every option on: it runs, and is clean, as it stands."""

import io
import re
import shutil
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_qa_template.options import SOURCE_TREE
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
    """Copy the source tree, so that what runs in it leaves nothing that would be rendered."""
    path = tmp_path_factory.mktemp("source") / "tree"
    shutil.copytree(SOURCE_TREE, path)
    return Project(path, {}, {"APP_ENV": "testing", **WITHOUT_SLOW_TESTS})


@pytest.mark.parametrize("command", CHECKS.values(), ids=CHECKS)
def test_the_source_tree_is_clean_where_it_stands(source_tree: Project, command: str) -> None:
    done = source_tree.run(*command.split())

    assert done.status == 0, done.out + done.err


def test_no_python_file_knows_the_generator() -> None:
    found = [
        path for path in SOURCE_TREE.rglob("*.py") if "cookiecutter" in path.read_text("utf-8")
    ]

    assert found == []


def test_no_run_has_left_anything_in_the_source_tree() -> None:
    left = {".venv", "__pycache__", "instance", ".mypy_cache", ".ruff_cache", ".pytest_cache"}

    assert [path for path in SOURCE_TREE.rglob("*") if path.name in left] == []


def test_users_inherit_none_of_our_debts() -> None:
    owed = [
        f"{path.name}: {comment}"
        for path, comment in comments()
        if re.search(r"\b(TODO|FIXME|HACK)\b", comment)
    ]

    assert owed == []


def comments() -> Iterator[tuple[Path, str]]:
    """Yield each comment of each Python file."""
    for path in SOURCE_TREE.rglob("*.py"):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type == tokenize.COMMENT:
                yield path, token.string
