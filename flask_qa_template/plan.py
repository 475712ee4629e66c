"""The plan of the post-generation hook: which files are excluded and which steps to run.

A step may fail without failing the generation. Its keys: `title`, `command`, `timeout` in seconds,
`folder` that the step creates, `manual_commands` to complete a failed step by hand, the same with
the suffix `_with_migration` if there is a migration, `skip_reason` if the step cannot run, and what
makes the step unnecessary: `unless_exists`, a path, or `unless_succeeds`, a command.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from .options import excluded_files, skipped_files

IS_WINDOWS = os.name == "nt"
PYTHON = r".venv\Scripts\python.exe" if IS_WINDOWS else ".venv/bin/python"
# Succeeds in an environment that works with a Python that the project supports.
PYTHON_CHECK = [PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
BIN_PREFIX = PYTHON.rpartition("python")[0]
INSTALL_TIMEOUT = 300
DATABASE_TIMEOUT = 60
# The environment variables that the steps receive. Of those of uv and pip, they say where packages
# come from and how to reach it; any other could decide which packages are installed.
KEPT_VARIABLES = (
    r"(UV|PIP)_(\w*INDEX\w*|FIND_LINKS|\w*CACHE\w*|OFFLINE|PROXY|\w*CERTS?|NATIVE_TLS|\w*HOST"
    r"|\w*TIMEOUT|\w*RETRIES|KEYRING_PROVIDER|LINK_MODE)$|PIP_CONFIG_FILE$"
    r"|(?!UV_|PIP_|PYTHON|VIRTUAL_ENV$)"
)
# uv would write the index that one of these variables names into `uv.lock`.
INDEX_VARIABLE = re.compile(r"UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS)")
PROJECT_REQUIREMENTS = "-r pyproject.toml --group dev"
REQUIREMENTS = [["project", "dependencies"], ["dependency-groups", "dev"]]


def plan(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plan as data that JSON can represent."""
    return {
        "excluded_files": excluded_files(answers),
        "skipped_files": sorted(skipped_files(answers)),
        "kept_variables": KEPT_VARIABLES,
        "steps": steps(answers, which("uv"), has_migrate=find_spec("flask_migrate") is not None),
        # The command `cookiecutter` sets this key; update tools do not.
        "is_cookiecutter_run": "_output_dir" in answers,
    }


def steps(answers: Mapping[str, Any], uv: str | None, *, has_migrate: bool) -> list[dict[str, Any]]:
    """Return the steps in order.

    `uv` is the path of uv; `has_migrate` is whether the running interpreter has Flask-Migrate.
    """
    database = answers["database"]
    if answers["setup"]:
        return [*(uv_steps(uv) if uv else pip_steps()), database_step(PYTHON, BIN_PREFIX, database)]
    python, bin_prefix = (sys.executable, "") if has_migrate else (PYTHON, BIN_PREFIX)
    prepare = database_step(python, bin_prefix, database)
    migrate = prepare | {"title": "Creating the first migration"}
    migrate["command"] = prepare["command"][:-1]
    venv, _install, lock = pip_steps()
    missing = [lock_step([uv_command("lock", uv)])] if uv and has_migrate else [venv, lock]
    skipped = {"command": [], "skip_reason": "setup is off"}
    return [*([migrate] if has_migrate else []), *(step | skipped for step in [*missing, prepare])]


def uv_steps(uv: str) -> list[dict[str, Any]]:
    """Return the steps in which uv creates `.venv`, installs packages and writes the lock file.

    Without the lock file if the shell names an index, which other machines may not reach.
    """
    can_cache = os.access(Path.home(), os.W_OK) or "UV_CACHE_DIR" in os.environ
    start = [uv, "--no-config", *([] if can_cache else ["--no-cache"])]
    venv = [*start, "venv", "--no-project", "--python", sys.executable, ".venv"]
    indexes = [name for name in os.environ if INDEX_VARIABLE.fullmatch(name)]
    if not indexes:
        sync = [sys.executable, "-P", str(Path(__file__).with_name("uv_sync.py")), PYTHON, *start]
        title = "Locking and installing dependencies"
        return install_steps(venv, sync, [uv_command("sync", uv)], title)
    install = [*start, "pip", "install", "--python", PYTHON]
    commands = [uv_command(line, uv) for line in ("venv", f"pip install {PROJECT_REQUIREMENTS}")]
    steps = install_steps(venv, install, commands, "Installing dependencies")
    steps[1]["requirements"] = REQUIREMENTS
    reason = f"{' and '.join(indexes)} would decide the index in uv.lock"
    return [*steps, lock_step([uv_command("lock", uv, indexes)]) | {"skip_reason": reason}]


def uv_command(arguments: str, uv: str, unset: Iterable[str] = ()) -> str:
    """Return a command for the shell in which `uv` reads no configuration.

    The command removes the variables `unset`, and those that could decide what uv does. A uv beside
    the running interpreter may not be on the user's PATH; that of `make new` is not.
    """
    ignored = [name for name in os.environ if not re.match(KEPT_VARIABLES, name)]
    names = [*unset, *(name for name in ignored if name.startswith("UV_"))]
    prefix = f"env {''.join(f'-u {name} ' for name in names)}" if names else ""
    is_on_path = Path(uv).is_absolute() and Path(uv).parent != Path(sys.executable).parent
    return f"{prefix}{'uv' if is_on_path else shlex.quote(uv)} {arguments} --no-config"


def pip_steps() -> list[dict[str, Any]]:
    """Return the steps in which venv creates `.venv` and pip installs packages, without a lock.

    The hook reads the requirements from the project's `pyproject.toml`, because pip before 25.1
    does not support dependency groups.
    """
    install = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--retries=1"]
    sync = [f"{PYTHON} -m pip install uv", uv_command("sync --inexact", f"{BIN_PREFIX}uv")]
    manual_commands = ["python3 -m venv .venv", *sync]
    venv, packages = install_steps(
        [sys.executable, "-m", "venv", "--clear", ".venv"],
        install,
        manual_commands,
        "Installing dependencies",
    )
    return [venv, packages | {"requirements": REQUIREMENTS}, lock_step(sync)]


def install_steps(
    venv: list[str], packages: list[str], manual_commands: list[str], title: str
) -> list[dict[str, Any]]:
    """Return the steps that create `.venv` and install packages into it."""
    step = {"timeout": INSTALL_TIMEOUT, "manual_commands": manual_commands, "folder": ".venv"}
    return [
        step | {"title": "Creating .venv", "command": venv, "unless_succeeds": PYTHON_CHECK},
        step | {"title": title, "command": packages},
    ]


def lock_step(manual_commands: list[str]) -> dict[str, Any]:
    """Return a step that only reports the missing lock file, which only uv can create."""
    return {
        "title": "Locking dependencies",
        "command": [],
        "skip_reason": "uv is not installed",
        "manual_commands": manual_commands,
        "folder": None,
        "unless_exists": "uv.lock",
    }


def database_step(python: str, bin_prefix: str, database: str) -> dict[str, Any]:
    """Return the step in which `python` creates the first migration and prepares the database."""
    create = [] if database == "sqlite" else ["create-database"]
    # `db migrate` compares the models with an existing database.
    first = ["openapi write openapi.json", "db init"]
    commands = [*first, *create, "db migrate -m initial --rev-id 0001", "db upgrade"]
    flask = f"{bin_prefix}flask --app service"
    return {
        "title": "Preparing the database",
        # -P: Python does not search the folder of the program for modules.
        "command": [python, "-P", str(Path(__file__).with_name("first_migration.py")), "--upgrade"],
        "timeout": DATABASE_TIMEOUT,
        "manual_commands": [f"{flask} {command}" for command in commands],
        "manual_commands_with_migration": [
            f"{flask} {command}" for command in [*create, "db upgrade"]
        ],
        "folder": "migrations",
    }
