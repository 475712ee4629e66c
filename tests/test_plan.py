"""The steps of the post-generation hook, and the commands that replace them."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from flask_qa_template.plan import INDEX_VARIABLE, KEPT_VARIABLES, steps

SETUP: dict[str, Any] = {"database": "postgresql", "setup": True}
WITHOUT_SETUP = {**SETUP, "setup": False}


@pytest.fixture(autouse=True)
def shell_without_uv_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables of uv, which this machine may need to install packages."""
    monkeypatch.setattr("os.environ", {"HOME": "/"})


def all_commands(planned: list[dict[str, Any]]) -> set[str]:
    """Return all commands to type by hand."""
    return {command for step in planned for command in step["manual_commands"]}


def test_uv_locks_and_installs_with_one_command() -> None:
    venv, packages, _database = steps(SETUP, "/uv", has_migrate=False)

    assert (venv["command"][0], packages["command"][4]) == ("/uv", "/uv")


def test_uv_reads_no_configuration() -> None:
    planned = steps(SETUP, "/uv", has_migrate=False)

    commands = [step["command"] for step in planned if "/uv" in step["command"]]
    assert [command[command.index("/uv") + 1] for command in commands] == ["--no-config"] * 2
    assert "uv sync --no-config" in all_commands(planned)


@pytest.mark.parametrize("has_migrate", [True, False])
@pytest.mark.parametrize("setup", [True, False])
def test_without_uv_the_missing_lock_is_reported(*, setup: bool, has_migrate: bool) -> None:
    without_uv = steps({**SETUP, "setup": setup}, None, has_migrate=has_migrate)

    (lock,) = [step for step in without_uv if step.get("unless_exists") == "uv.lock"]
    assert (bool(lock["skip_reason"]), "uv" in lock["manual_commands"][-1]) == (True, True)


@pytest.mark.parametrize(
    "name", ["UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"]
)
def test_index_of_the_shell_is_used_and_not_locked(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "https://user:password@packages.example.com")

    _venv, install, lock, _database = steps(SETUP, "/uv", has_migrate=False)

    assert install["command"][:4] == ["/uv", "--no-config", "pip", "install"]
    assert lock["skip_reason"] == f"{name} would decide the index in uv.lock"
    assert lock["manual_commands"] == [f"env -u {name} uv lock --no-config"]
    assert re.match(KEPT_VARIABLES, name)


def test_variables_of_uv_that_the_hook_ignores_are_removed_from_the_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_FROZEN", "1")
    monkeypatch.setenv("UV_CACHE_DIR", "/cache")

    assert "env -u UV_FROZEN uv sync --no-config" in all_commands(
        steps(SETUP, "/uv", has_migrate=False)
    )


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("HOME", True),
        ("DB_PASSWORD", True),
        ("HTTPS_PROXY", True),
        ("SSL_CERT_FILE", True),
        ("UV_CACHE_DIR", True),
        ("UV_INDEX_COMPANY_PASSWORD", True),
        ("UV_NATIVE_TLS", True),
        ("UV_SYSTEM_CERTS", True),
        ("UV_OFFLINE", True),
        ("PIP_CERT", True),
        ("PIP_CONFIG_FILE", True),
        ("PIP_NO_INDEX", True),
        ("PIP_TRUSTED_HOST", True),
        ("PIP_CONSTRAINT", False),
        ("PIP_NO_DEPS", False),
        ("PIP_PRE", False),
        ("PIP_TARGET", False),
        ("PIP_USER", False),
        ("PYTHONHOME", False),
        ("PYTHONPATH", False),
        ("UV_CONFIG_FILE", False),
        ("UV_CONSTRAINT", False),
        ("UV_ENV_FILE", False),
        ("UV_EXCLUDE_NEWER", False),
        ("UV_FROZEN", False),
        ("UV_LOCKED", False),
        ("UV_NO_BINARY", False),
        ("UV_NO_DEV", False),
        ("UV_NO_SYNC", False),
        ("UV_OVERRIDE", False),
        ("UV_PRERELEASE", False),
        ("UV_PROJECT", False),
        ("UV_PROJECT_ENVIRONMENT", False),
        ("UV_PYTHON", False),
        ("UV_RESOLUTION", False),
        ("UV_WORKING_DIR", False),
        ("VIRTUAL_ENV", False),
    ],
)
def test_steps_receive_no_variable_that_decides_what_is_installed(
    name: str, *, is_kept: bool
) -> None:
    assert bool(re.match(KEPT_VARIABLES, name)) == is_kept


def test_credentials_of_an_index_are_not_an_index() -> None:
    assert not INDEX_VARIABLE.fullmatch("UV_INDEX_COMPANY_PASSWORD")


def test_no_command_runs_without_setup_and_flask_migrate() -> None:
    commands = [step["command"] for step in steps(WITHOUT_SETUP, None, has_migrate=False)]

    assert commands == [[], [], []]


def test_uv_beside_the_interpreter_is_named_with_its_path() -> None:
    uv = str(Path(sys.executable).with_name("uv"))

    assert f"{uv} sync --no-config" in all_commands(steps(SETUP, uv, has_migrate=False))


def test_only_the_first_migration_is_created_without_setup() -> None:
    planned = steps(WITHOUT_SETUP, "/uv", has_migrate=True)

    (migrate,) = [step for step in planned if not step.get("skip_reason")]
    assert "--upgrade" not in migrate["command"]


def test_create_database_is_not_suggested_for_sqlite() -> None:
    answers = {**WITHOUT_SETUP, "database": "sqlite"}

    *_others, database = steps(answers, None, has_migrate=True)
    assert database["manual_commands_with_migration"] == ["flask --app service db upgrade"]


@pytest.mark.parametrize("uv", ["/uv", None])
@pytest.mark.parametrize("answers", [SETUP, WITHOUT_SETUP])
@pytest.mark.parametrize("has_migrate", [True, False])
def test_no_command_names_an_index(
    answers: dict[str, Any], uv: str | None, *, has_migrate: bool
) -> None:
    commands = all_commands(steps(answers, uv, has_migrate=has_migrate))

    assert [command for command in commands if "index" in command or "://" in command] == []
