"""Clients that are generated from `openapi.json` work with a running service."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flask_qa_template.options import REPOSITORY
from tests.conftest import Project
from tests.servers import run_development_server, skip_or_fail

PROGRAMS = REPOSITORY / "tests/api_clients"


@pytest.fixture
def project(bake_once: Callable[..., Project]) -> Project:
    """Return a project with all options on SQLite."""
    return bake_once(database="sqlite")


@pytest.fixture
def address(project: Project) -> Iterator[str]:
    """Yield the address of the project's running development server."""
    with run_development_server(project) as address:
        yield address


def run(folder: Path, *command: str) -> None:
    """Run a command, which must succeed, in a folder."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.xdist_group("sqlite")
def test_typescript_client_is_typed_and_works(
    project: Project, address: str, tmp_path: Path
) -> None:
    if not shutil.which("npm"):
        skip_or_fail("npm")
    for name in ("package.json", "use_api.ts"):
        shutil.copy(PROGRAMS / name, tmp_path)
    run(tmp_path, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock")
    run(tmp_path, "npx", "openapi-typescript", str(project.path / "openapi.json"), "-o", "api.ts")

    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    run(tmp_path, "npx", "tsc", *options, "use_api.ts")
    run(tmp_path, "node", "use_api.js", address)


@pytest.mark.xdist_group("sqlite")
def test_python_client_works(project: Project, address: str, tmp_path: Path) -> None:
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    document = str(project.path / "openapi.json")
    run(tmp_path, *generate, "--path", document, "--output-path", "generated", "--meta", "none")
    shutil.copy(PROGRAMS / "use_api.py", tmp_path)

    run(tmp_path, sys.executable, "use_api.py", address)
