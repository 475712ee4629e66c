"""The Python code and the templates of every core variant are formatted and pass the linters.

The variants are rendered without cookiecutter and its hooks, which would take minutes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from flask_qa_template.options import (
    SOURCE_TREE,
    celery_variants,
    core_variants,
    default_answers,
    excluded_files,
    variant_name,
)
from flask_qa_template.seams import render

VARIANTS = {variant_name(answers): answers for answers in [*core_variants(), *celery_variants()]}


@pytest.fixture(params=VARIANTS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder with the Python files, templates and `pyproject.toml` of a variant."""
    author = {"project_slug": "board", "__author_name": "A", "__author_email": "a@example.com"}
    answers = {**default_answers(), **author, **VARIANTS[request.param]}
    files = [*SOURCE_TREE.rglob("*.py"), *SOURCE_TREE.rglob("*.html")]
    paths = [path.relative_to(SOURCE_TREE).as_posix() for path in files]
    for name in {"pyproject.toml", *paths} - set(excluded_files(answers)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(render(name, answers), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "ruff format --diff --no-cache .",
        "ruff check --output-format=concise --no-cache .",
        "djlint --check --lint service",
    ],
)
def test_linter_finds_nothing(project: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
