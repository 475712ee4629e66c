"""Projects that are rendered with `setup`, and `make install` in a clone."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from allpairspy import AllPairs

from flask_qa_template.options import (
    REPOSITORY,
    SOURCE_TREE,
    declaration,
    questions,
    variant_name,
)
from flask_qa_template.plan import database_step
from tests.conftest import MAKE_VARIABLES, Project, make_folder
from tests.servers import temporary_database
from tests.test_other_answers import CHOICES

# A dependency belongs to one or two options, so each pair of answers occurs at least once.
CORE_CHOICES = {key: CHOICES[key] for key in [*declaration()["core"], "jobs"]}
VARIANTS = [
    pytest.param(answers, id=variant_name(answers))
    for values in AllPairs([*CORE_CHOICES.values()])
    for answers in [dict(zip(CORE_CHOICES, values, strict=True))]
]


@pytest.mark.parametrize("answers", VARIANTS)
def test_doctor_passes_in_the_virtual_environment(
    answers: dict[str, object], bake_once: Callable[..., Project]
) -> None:
    project = bake_once(**answers, setup=True)

    doctor = project.run(".venv/bin/flask", "--app", "service", "doctor")

    assert doctor.status == 0, doctor.out + doctor.err


@pytest.mark.parametrize("answers", VARIANTS[:1])
def test_tests_pass_in_the_virtual_environment(
    answers: dict[str, object], bake_once: Callable[..., Project]
) -> None:
    project = bake_once(**answers, setup=True)

    tests = project.run("make", "test")

    assert tests.status == 0, tests.out


@pytest.fixture
def project(bake_once: Callable[..., Project]) -> Project:
    """Return the default project, with its virtual environment."""
    return bake_once(setup=True)


def test_lock_has_a_hash_and_a_public_index_for_each_package(project: Project) -> None:
    lock = tomllib.loads((project.path / "uv.lock").read_text("utf-8"))
    packages = [package for package in lock["package"] if "virtual" not in package["source"]]
    files = [file for package in packages for file in [*package["wheels"], package.get("sdist")]]

    assert {package["source"]["registry"][:8] for package in packages} == {"https://"}
    assert {file["hash"][:7] for file in files if file} == {"sha256:"}


def test_installed_versions_are_those_of_the_lock(project: Project) -> None:
    done = project.run("uv", "sync", "--locked", "--check")

    assert done.status == 0, done.err


@pytest.fixture
def clone(project: Project, tmp_path: Path) -> Project:
    """Return a copy of the project without ignored files."""
    path = tmp_path / "clone"
    shutil.copytree(project.path, path, ignore=shutil.ignore_patterns(".venv", ".env", "instance"))
    return Project(path, project.answers, project.environment)


def test_make_install_installs_the_locked_versions(clone: Project) -> None:
    installed = clone.run("make", "install")

    assert installed.status == 0, installed.err
    assert clone.run("uv", "sync", "--locked", "--check").status == 0


def test_make_install_rejects_an_outdated_lock(clone: Project) -> None:
    pyproject = clone.path / "pyproject.toml"
    changed = pyproject.read_text("utf-8").replace("dependencies = [", 'dependencies = [\n  "six",')
    pyproject.write_text(changed, "utf-8")

    installed = clone.run("make", "install")

    assert (installed.status, "run `uv lock`" in installed.err) == (2, True)


def test_make_install_creates_a_missing_lock(clone: Project) -> None:
    (clone.path / "uv.lock").unlink()

    clone.run("make", "install")

    assert (clone.path / "uv.lock").exists()


@pytest.fixture
def without_uv(clone: Project, tmp_path: Path) -> Project:
    """Return the copy with a PATH without uv; `python3` prints its arguments."""
    bins = make_folder(tmp_path / "bin")
    for tool in ("env", "sh"):
        (bins / tool).symlink_to(shutil.which(tool) or tool)
    (bins / "python3").write_text(
        "#!/bin/sh\n"
        f"PATH={os.environ['PATH']}; mkdir -p .venv/bin; ln -s $(which echo) .venv/bin/pip\n"
        'echo "$@"\n'
    )
    (bins / "python3").chmod(0o755)
    return Project(clone.path, {}, {"PATH": str(bins)})


def test_make_install_uses_venv_and_pip_without_uv(without_uv: Project) -> None:
    installed = without_uv.run(shutil.which("make") or "make", "install")

    assert installed.out.splitlines()[-1] == "install --editable . --group dev"


def test_make_install_replaces_an_environment_whose_interpreter_was_removed(
    without_uv: Project,
) -> None:
    make_folder(without_uv.path / ".venv/bin")
    (without_uv.path / ".venv/bin/python").symlink_to("/nonexistent/python3")

    installed = without_uv.run(shutil.which("make") or "make", "install")

    assert "-m venv --clear --upgrade-deps .venv" in installed.out.splitlines()


@pytest.mark.parametrize("folder", [REPOSITORY, SOURCE_TREE], ids=["template", "project"])
def test_make_lets_uv_use_the_certificates_of_the_system(folder: Path) -> None:
    command = ["make", "--eval", "show: ; @echo $$UV_SYSTEM_CERTS $$UV_NATIVE_TLS", "show"]
    unset = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("UV_") and key not in MAKE_VARIABLES
    }

    default, chosen = (
        subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True)
        for env in (unset, {**unset, "UV_SYSTEM_CERTS": "0"})
    )

    assert (default.stdout, chosen.stdout) == ("1 1\n", "0 0\n")


def test_make_dotenv_writes_new_secrets_that_only_the_owner_can_read(clone: Project) -> None:
    clone.run("make", ".env")

    env = clone.path / ".env"
    secrets = re.findall(r"=([\w-]{64})$", env.read_text("utf-8"), re.MULTILINE)
    placeholders = (clone.path / ".env.example").read_text("utf-8").count("=replace-me")
    assert (stat.S_IMODE(env.stat().st_mode), len(set(secrets))) == (0o600, placeholders)


def test_make_dotenv_keeps_an_existing_file(clone: Project) -> None:
    (clone.path / ".env").write_text("mine", "utf-8")

    clone.run("make", ".env")

    assert (clone.path / ".env").read_text("utf-8") == "mine"


@pytest.mark.parametrize("database", questions()["database"])
def test_manual_commands_create_a_working_database(
    database: str, bake: Callable[..., Project]
) -> None:
    project = bake(database=database)
    for folder in ("migrations", "instance"):
        shutil.rmtree(project.path / folder, ignore_errors=True)
    commands = database_step("", "", database)["manual_commands"]

    with temporary_database(database) as settings:
        done = [project.run(*command.split(), **settings) for command in commands]
        doctor = project.run("flask", "--app", "service", "doctor", **settings)

    assert [run.err for run in done if run.status] == []
    assert doctor.status == 0, doctor.out
