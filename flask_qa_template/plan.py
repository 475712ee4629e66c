"""What the hook after generation is to do, decided here and handed to it as data.

A step may fail without harm. It says what it does, the command, how long that may take, what a
person types instead, and the folder that it makes, which must not stay half-made.
"""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from flask_qa_template.options import switched_off

IS_WINDOWS = os.name == "nt"
PYTHON = r".venv\Scripts\python.exe" if IS_WINDOWS else ".venv/bin/python"
BIN = PYTHON.rpartition("python")[0]
INSTALL_SECONDS = 300
DATABASE_SECONDS = 60
INSTALLING = "Installing what the service needs, and its tools"


def plan(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what there is to do, as JSON can hold it."""
    return {
        "switched_off": switched_off(answers),
        "steps": steps(answers, which("uv"), has_migrate=find_spec("flask_migrate") is not None),
        # Only the command cookiecutter says where it puts a project; update tools do not.
        "asked_by_cookiecutter": "_output_dir" in answers,
    }


def steps(answers: Mapping[str, Any], uv: str | None, *, has_migrate: bool) -> list[dict[str, Any]]:
    """Return the steps in order; `uv` is its path, `has_migrate` of the interpreter that runs."""
    database = answers["database"]
    if answers["setup"]:
        return [*(uv_steps(uv) if uv else pip_steps()), database_step(PYTHON, BIN, database)]
    is_off = {"command": [], "why_not": "setup is off"}
    if has_migrate:
        return [lock_step(["uv lock"]) | is_off, database_step(sys.executable, "", database)]
    venv, _packages, lock = pip_steps()
    return [step | is_off for step in (venv, lock, database_step(PYTHON, BIN, database))]


def uv_steps(uv: str) -> list[dict[str, Any]]:
    """Return how uv makes `.venv` and, in one go, the lock and what it names in `.venv`."""
    can_cache = os.access(Path.home(), os.W_OK) or "UV_CACHE_DIR" in os.environ
    start = [uv] if can_cache else [uv, "--no-cache"]
    return install_steps(
        [*start, "venv", "--python", sys.executable, ".venv"],
        # Not compiled: the next step compiles what is used, on two processors. Inexact: what a
        # user has put into `.venv` stays. The Python is said, or a pin of the user's replaces it.
        [*start, "sync", "--inexact", "--python", PYTHON],
        ["uv sync"],
        f"{INSTALLING}, and locking their versions",
    )


def pip_steps() -> list[dict[str, Any]]:
    """Return how venv makes `.venv` and pip installs the service and its tools, without a lock.

    The requirements come from the project: a pip older than 25.1 knows no groups, and a new venv
    has the pip of its Python. A person lets pip install uv.
    """
    install = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--retries=1"]
    sync = [f"{PYTHON} -m pip install uv", f"{BIN}uv sync --inexact"]
    by_hand = ["python3 -m venv .venv", *sync]
    venv, packages = install_steps(
        [sys.executable, "-m", "venv", ".venv"], install, by_hand, INSTALLING
    )
    needed = [["project", "dependencies"], ["dependency-groups", "dev"]]
    return [venv, packages | {"requirements": needed}, lock_step(sync)]


def install_steps(
    venv: list[str], packages: list[str], by_hand: list[str], installing: str
) -> list[dict[str, Any]]:
    """Return the two commands as steps."""
    step = {"seconds": INSTALL_SECONDS, "by_hand": by_hand, "folder": ".venv"}
    return [
        step | {"does": "Making .venv", "command": venv, "needless_with": PYTHON},
        step | {"does": installing, "command": packages},
    ]


def lock_step(by_hand: list[str]) -> dict[str, Any]:
    """Return that there is no lock, because only uv makes one, and how a person gets it."""
    return {
        "does": "Locking the versions in uv.lock",
        "command": [],
        "why_not": "uv is not here",
        "by_hand": by_hand,
        "folder": None,
        "needless_with": "uv.lock",
    }


def database_step(python: str, bin_folder: str, database: str) -> dict[str, Any]:
    """Return how an interpreter makes the first migration and the database."""
    create = [] if database == "sqlite" else ["create-database"]
    # To write a migration, Flask compares the models with a database that is there.
    all_steps = ["db init", *create, "db migrate -m initial --rev-id 0001", "db upgrade"]
    flask = f"{bin_folder}flask --app service"
    return {
        "does": "Preparing the database",
        # The path of the program is not looked for modules (-P): the project has its own.
        "command": [python, "-P", str(Path(__file__).with_name("first_migration.py"))],
        "seconds": DATABASE_SECONDS,
        "by_hand": [f"{flask} {words}" for words in all_steps],
        "by_hand_with_migrations": [f"{flask} {words}" for words in [*create, "db upgrade"]],
        "folder": "migrations",
    }
