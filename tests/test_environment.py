"""`make environment`: the virtual environment of this repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flask_qa_template.environment import create_environment, is_usable
from flask_qa_template.options import REPOSITORY
from tests.conftest import make_folder

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Return a virtual environment that consists of a program that reports itself like pip."""
    folder = tmp_path / ".venv"
    make_folder(folder / "bin")
    write_pip(folder, folder, VERSION)
    return folder


def write_pip(venv: Path, created_as: Path, version: str) -> None:
    """Write the pip of a virtual environment that was created in a folder, for a Python."""
    pip = venv / "bin/pip"
    line = f"pip 26.0 from {created_as}/lib/python{version}/site-packages/pip (python {version})"
    pip.write_text(f"#!/bin/sh\necho '{line}'\n", "utf-8")
    pip.chmod(0o755)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the Makefile of this repository, and without an environment."""
    for name in ("Makefile", "flask_qa_template"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    return tmp_path


def test_working_environment_is_kept(venv: Path) -> None:
    (venv / "installed").touch()

    create_environment(venv)

    assert (venv / "installed").exists()


def test_environment_of_another_python_is_unusable(venv: Path) -> None:
    write_pip(venv, venv, "3.10")

    assert not is_usable(venv)


def test_environment_is_unusable_after_its_interpreter_was_removed(venv: Path) -> None:
    (venv / "bin/pip").write_text("#!/nonexistent/python3\n", "utf-8")

    assert not is_usable(venv)


def test_environment_is_unusable_after_its_folder_was_moved(venv: Path) -> None:
    write_pip(venv, venv.parent / "former folder/.venv", VERSION)

    assert not is_usable(venv)


def test_environment_without_pip_is_unusable(venv: Path) -> None:
    (venv / "bin/pip").unlink()

    assert not is_usable(venv)


def test_broken_environment_is_replaced_by_a_working_one(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    make_folder(venv / "bin")
    (venv / "bin/python").symlink_to("python3")
    (venv / "bin/python3").symlink_to("/nonexistent/python3")

    create_environment(venv)

    assert is_usable(venv)
    assert subprocess.run([venv / "bin/python", "-c", ""], check=False).returncode == 0


def test_python_that_is_too_old_is_refused_before_an_environment_is_created(
    clone: Path,
) -> None:
    python = clone / "python3.10"
    program = "import sys; sys.version_info = (3, 10); import flask_qa_template"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{program}'\n", "utf-8")
    python.chmod(0o755)

    done = subprocess.run(
        ["make", "new", f"PYTHON={python}"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, (clone / ".venv").exists()) == (2, False)
    assert "ERROR: flask-qa requires Python 3.11 or newer; this is 3.10.\n" in done.stderr


def test_interpreter_of_an_existing_environment_does_not_create_the_next_one(
    clone: Path,
) -> None:
    make_folder(clone / ".venv/bin")
    (clone / ".venv/bin/python3").symlink_to(shutil.which("false") or "false")
    (clone / "python3").write_text("#!/bin/sh\necho created\n", "utf-8")
    (clone / "python3").chmod(0o755)

    done = subprocess.run(
        ["make", "environment"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{clone}{os.pathsep}{os.environ['PATH']}"},
    )

    assert "created" in done.stdout
