"""The workflows, of a rendered project and of this repository: what they say, and what they run."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy_utils import create_database

from flask_qa_template.matrix import jobs
from flask_qa_template.options import (
    REPOSITORY,
    SOURCE_TREE,
    core_variants,
    declaration,
    questions,
    variant_name,
)
from tests.conftest import WITHOUT_SLOW_TESTS, Project
from tests.servers import SERVERS, address, database_of_its_own

DATABASES = questions()["database"]
# What a workflow depends on: the server, and whether there is an image to build.
VARIANTS = {
    database: {"database": database, "deploy": deploy}
    for database, deploy in zip(DATABASES, cycle(questions()["deploy"]), strict=False)
}
GITHUB = ".github/workflows/check.yml"
IMAGES = {"sqlite": [], "mysql": ["mariadb"], "postgresql": ["postgres"]}
# Actions and their versions make lines long, and `on` is a word of GitHub's.
YAMLLINT = """
extends: default
rules:
  comments: {min-spaces-from-content: 1}
  document-start: disable
  line-length: {max: 120}
  truthy: {check-keys: false}
"""
# The one asks the internet, where the answer changes from day to day; the other needs Docker, and
# `make test-container` tries it.
NOT_TRIED_HERE = {"make audit", "make image"}
IGNORED = (".env", "instance", "__pycache__", ".venv")


@pytest.fixture(scope="session", params=["this-repository", *DATABASES])
def on_github(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Path:
    """Return a repository that GitHub checks."""
    if request.param == "this-repository":
        return REPOSITORY
    return bake_once(**VARIANTS[request.param], ci="github").path


@pytest.fixture(scope="session", params=DATABASES)
def on_gitlab(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Project:
    """Bake a project that GitLab checks."""
    return bake_once(**VARIANTS[request.param], ci="gitlab")


def read(path: Path) -> Any:
    """Parse a YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


def said(*command: str, folder: Path) -> str:
    """Return what a linter has to say of a folder; nothing where it is content."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def conforms(kind: str, path: str, folder: Path) -> str:
    """Return how a file breaks the schema of its kind."""
    return said("check-jsonschema", "--builtin-schema", f"vendor.{kind}", path, folder=folder)


def images(services: Any) -> list[str]:
    """Return the names of the images of services."""
    return [service["image"].partition(":")[0] for service in services.values()]


# GitHub


def test_the_workflow_has_no_weak_spot(on_github: Path) -> None:
    """Row R7.11."""
    assert said("zizmor", "--offline", "--strict-collection", ".github", folder=on_github) == ""


def test_the_files_for_github_are_clean(on_github: Path) -> None:
    assert said("yamllint", "--strict", "-d", YAMLLINT, ".github", folder=on_github) == ""
    assert conforms("github-workflows", GITHUB, on_github) == ""
    assert conforms("dependabot", ".github/dependabot.yml", on_github) == ""


def test_every_action_is_pinned_to_a_commit_of_a_release(on_github: Path) -> None:
    lines = [
        line for line in (on_github / GITHUB).read_text("utf-8").splitlines() if "uses:" in line
    ]

    pinned = re.compile(r" +- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert lines
    assert [line for line in lines if not pinned.fullmatch(line)] == []


def test_an_action_has_one_version_everywhere() -> None:
    """An update of one of the two files is not complete."""
    texts = [(folder / GITHUB).read_text("utf-8") for folder in (REPOSITORY, SOURCE_TREE)]
    versions = {line.strip() for text in texts for line in text.splitlines() if "uses:" in line}

    names = [version.partition("@")[0] for version in versions]
    assert sorted(names) == sorted(set(names))


def test_a_job_may_read_the_code_and_nothing_else(on_github: Path) -> None:
    workflow = read(on_github / GITHUB)

    rights = [job["permissions"] for job in workflow["jobs"].values()]
    assert (workflow["permissions"], rights) == ({}, [{"contents": "read"}] * len(rights))


def test_no_token_stays_in_what_was_checked_out(on_github: Path) -> None:
    steps = chain(*(job["steps"] for job in read(on_github / GITHUB)["jobs"].values()))
    checkouts = [step for step in steps if "checkout" in step.get("uses", "")]

    assert {step["with"]["persist-credentials"] for step in checkouts} == {False}


def test_no_job_lasts_for_ever(on_github: Path) -> None:
    assert all("timeout-minutes" in job for job in read(on_github / GITHUB)["jobs"].values())


def test_newer_versions_are_proposed_when_they_are_a_week_old(on_github: Path) -> None:
    updates = read(on_github / ".github/dependabot.yml")["updates"]

    assert {update["cooldown"]["default-days"] for update in updates} == {7}


@pytest.mark.parametrize("database", DATABASES)
def test_the_server_is_the_one_that_the_project_uses(
    database: str, bake_once: Callable[..., Project]
) -> None:
    project = bake_once(**VARIANTS[database], ci="github")

    services = read(project.path / GITHUB)["jobs"]["check"].get("services", {})
    assert images(services) == IMAGES[database]


# GitLab


def test_the_files_for_gitlab_are_clean(on_gitlab: Project) -> None:
    folder = on_gitlab.path

    assert said("yamllint", "--strict", "-d", YAMLLINT, ".gitlab-ci.yml", folder=folder) == ""
    assert conforms("gitlab-ci", ".gitlab-ci.yml", folder) == ""
    assert conforms("renovate", "renovate.json", folder) == ""


def test_gitlab_runs_what_github_runs(
    on_gitlab: Project, bake_once: Callable[..., Project]
) -> None:
    other = bake_once(**VARIANTS[on_gitlab.answers["database"]], ci="github")

    pipeline = read(on_gitlab.path / ".gitlab-ci.yml")
    assert {job: pipeline[job]["script"] for job in commands(other)} == commands(other)


def test_no_job_on_gitlab_bears_a_name_that_means_something_else(on_gitlab: Project) -> None:
    named = [
        name for name, job in read(on_gitlab.path / ".gitlab-ci.yml").items() if "script" in job
    ]

    assert not set(named) & {"default", "image", "include", "pages", "services", "variables"}


def test_the_server_on_gitlab_is_the_one_that_the_project_uses(on_gitlab: Project) -> None:
    job = read(on_gitlab.path / ".gitlab-ci.yml")["check"]

    services = {service["alias"]: {"image": service["name"]} for service in job.get("services", [])}
    assert images(services) == IMAGES[on_gitlab.answers["database"]]
    assert job.get("variables", {}).get("DB_HOST") == next(iter(services), None)


def test_renovate_waits_a_week(on_gitlab: Project) -> None:
    renovate = json.loads((on_gitlab.path / "renovate.json").read_text("utf-8"))

    assert renovate["minimumReleaseAge"] == "7 days"


# What they run


def commands(project: Project) -> dict[str, list[str]]:
    """Return what each job of a project's workflow runs."""
    found = read(project.path / GITHUB)["jobs"].items()
    return {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in found}


@pytest.fixture
def checkout(bake_once: Callable[..., Project], tmp_path: Path) -> Iterator[Project]:
    """Check a project out as a job does: without what git ignores, beside a new database."""
    project = bake_once(**VARIANTS["postgresql"], ci="github")
    shutil.copytree(project.path, tmp_path / "it", ignore=shutil.ignore_patterns(*IGNORED))
    with database_of_its_own("postgresql") as environment:
        create_database(address(SERVERS["postgresql"], environment["DB_DATABASE"]))
        yield Project(tmp_path / "it", project.answers, environment)


def test_the_commands_of_the_workflow_succeed(checkout: Project) -> None:
    for command in chain(*commands(checkout).values()):
        if command in NOT_TRIED_HERE:
            continue
        done = checkout.run(*command.split(), **WITHOUT_SLOW_TESTS)

        assert done.status == 0, f"{command}\n{done.out}\n{done.err}"
    assert json.loads((checkout.path / "sbom.cdx.json").read_text("utf-8"))["components"]


def test_the_commands_of_the_workflow_are_words_of_the_makefile(
    bake_once: Callable[..., Project],
) -> None:
    project = bake_once(**VARIANTS["sqlite"], ci="github")
    words = re.findall(r"^([.a-z]+):", (project.path / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert set(chain(*commands(project).values())) <= {f"make {word}" for word in words}


# This repository


def test_this_repository_tests_each_variant_on_each_python() -> None:
    tested = [
        (job["python"], variant)
        for job in jobs()
        if job["part"] != "the rest"
        for variant in job["select"].split(" or ")
    ]

    names = [variant_name(answers) for answers in core_variants()]
    assert sorted(tested) == sorted((p, name) for p in declaration()["pythons"] for name in names)


def test_this_repository_tests_all_else_too() -> None:
    names = [variant_name(answers) for answers in core_variants()]

    rest = {job["python"]: job["select"] for job in jobs() if job["part"] == "the rest"}
    assert rest == dict.fromkeys(declaration()["pythons"], f"not ({' or '.join(names)})")


def test_the_oldest_python_is_the_one_that_a_project_promises() -> None:
    text = (SOURCE_TREE / "pyproject.toml").read_text("utf-8")

    assert f'requires-python = ">={declaration()["pythons"][0]}"' in text
