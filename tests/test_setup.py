"""With `setup`, a project installs in an environment of its own what it needs, and locks it."""

import os
import re
import shutil
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from flask_qa_template.options import core_variants, questions, variant_name
from flask_qa_template.plan import database_step
from tests.conftest import Project, make
from tests.servers import database_of_its_own

# Each core variant has other dependencies: its driver, its forms, its theme.
VARIANTS = [pytest.param(answers, id=variant_name(answers)) for answers in core_variants()]


@pytest.mark.parametrize("answers", VARIANTS)
def test_a_project_runs_in_the_environment_that_it_made(
    answers: dict[str, object], bake_once: Callable[..., Project]
) -> None:
    project = bake_once(**answers, setup=True)

    doctor = project.run(".venv/bin/flask", "--app", "service", "doctor")

    assert doctor.status == 0, doctor.out + doctor.err


@pytest.mark.parametrize("answers", VARIANTS[:1])
def test_the_tests_of_a_project_pass_in_the_environment_that_it_made(
    answers: dict[str, object], bake_once: Callable[..., Project]
) -> None:
    project = bake_once(**answers, setup=True)

    tests = project.run("make", "test")

    assert tests.status == 0, tests.out


@pytest.fixture
def project(bake_once: Callable[..., Project]) -> Project:
    """Bake the default project with everything that it makes for itself."""
    return bake_once(setup=True)


def test_the_lock_names_each_package_with_a_hash_and_a_place_that_others_reach(
    project: Project,
) -> None:
    """Row R7.11."""
    lock = tomllib.loads((project.path / "uv.lock").read_text("utf-8"))
    packages = [package for package in lock["package"] if "virtual" not in package["source"]]
    files = [file for package in packages for file in [*package["wheels"], package.get("sdist")]]

    assert {package["source"]["registry"][:8] for package in packages} == {"https://"}
    assert {file["hash"][:7] for file in files if file} == {"sha256:"}


def test_what_is_installed_is_what_the_lock_says(project: Project) -> None:
    done = project.run("uv", "sync", "--locked", "--check")

    assert done.status == 0, done.err


@pytest.fixture
def clone(project: Project, tmp_path: Path) -> Project:
    """Copy the project as somebody else gets it: without its environment."""
    path = tmp_path / "clone"
    shutil.copytree(project.path, path, ignore=shutil.ignore_patterns(".venv", ".env", "instance"))
    return Project(path, project.answers, project.environment)


def test_make_install_takes_what_the_lock_says(clone: Project) -> None:
    installed = clone.run("make", "install")

    assert installed.status == 0, installed.err
    assert clone.run("uv", "sync", "--locked", "--check").status == 0


def test_make_install_refuses_a_lock_that_is_out_of_step(clone: Project) -> None:
    pyproject = clone.path / "pyproject.toml"
    listed = pyproject.read_text("utf-8").replace("dependencies = [", 'dependencies = [\n  "six",')
    pyproject.write_text(listed, "utf-8")

    installed = clone.run("make", "install")

    assert (installed.status, "run `uv lock`" in installed.err) == (2, True)


def test_make_install_makes_a_lock_where_there_is_none(clone: Project) -> None:
    (clone.path / "uv.lock").unlink()

    clone.run("make", "install")

    assert (clone.path / "uv.lock").exists()


def test_make_install_does_without_uv(clone: Project, tmp_path: Path) -> None:
    """Row Z50: its Python makes the environment, whose pip installs."""
    bins = make(tmp_path / "bin")
    for tool in ("env", "sh"):
        (bins / tool).symlink_to(shutil.which(tool) or tool)
    (bins / "python3").write_text(
        "#!/bin/sh\n"
        f"PATH={os.environ['PATH']}; mkdir -p .venv/bin; ln -s $(which echo) .venv/bin/pip\n"
    )
    (bins / "python3").chmod(0o755)
    without_uv = Project(clone.path, {}, {"PATH": str(bins)})

    installed = without_uv.run(shutil.which("make") or "make", "install")

    assert installed.out.splitlines()[-1] == "install --editable . --group dev"


def test_make_env_writes_fresh_secrets_that_only_the_owner_reads(clone: Project) -> None:
    clone.run("make", ".env")

    env = clone.path / ".env"
    secrets = re.findall(r"=([\w-]{64})$", env.read_text("utf-8"), re.MULTILINE)
    placeholders = (clone.path / ".env.example").read_text("utf-8").count("=replace-me")
    assert (stat.S_IMODE(env.stat().st_mode), len(set(secrets))) == (0o600, placeholders)


def test_make_env_keeps_the_one_that_is_there(clone: Project) -> None:
    (clone.path / ".env").write_text("mine", "utf-8")

    clone.run("make", ".env")

    assert (clone.path / ".env").read_text("utf-8") == "mine"


@pytest.mark.parametrize("database", questions()["database"])
def test_the_commands_to_type_by_hand_lead_to_a_working_database(
    database: str, bake: Callable[..., Project]
) -> None:
    project = bake(database=database)
    for made in ("migrations", "instance"):
        shutil.rmtree(project.path / made, ignore_errors=True)
    commands = database_step("", "", database)["by_hand"]

    with database_of_its_own(database) as settings:
        done = [project.run(*command.split(), **settings) for command in commands]
        doctor = project.run("flask", "--app", "service", "doctor", **settings)

    assert [run.err for run in done if run.status] == []
    assert doctor.status == 0, doctor.out
