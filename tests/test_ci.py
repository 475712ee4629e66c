"""The CI workflows of rendered projects and of this repository."""

import json
import os
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
from tests.servers import SERVERS, database_url, temporary_database

DATABASES = questions()["database"]
# The database and `deploy` change a workflow: its services, and whether it builds an image.
VARIANTS = {
    database: {"database": database, "deploy": deploy}
    for database, deploy in zip(DATABASES, cycle(questions()["deploy"]), strict=False)
}
GITHUB = ".github/workflows/check.yml"
IMAGES = {"sqlite": [], "mysql": ["mariadb"], "postgresql": ["postgres"]}
# Lines with pinned actions are long, and YAML parses GitHub's key `on` as a boolean.
YAMLLINT = """
extends: default
rules:
  comments: {min-spaces-from-content: 1}
  document-start: disable
  line-length: {max: 120}
  truthy: {check-keys: false}
"""
# `make audit` needs the internet, and its result changes over time. `make image` needs Docker;
# `make test-container` builds the image.
SKIPPED_COMMANDS = {"make audit", "make image"}
IGNORED = (".env", "instance", "__pycache__", ".venv")


@pytest.fixture(scope="session", params=["this-repository", *DATABASES])
def repository(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Path:
    """Return the folder of a repository with a GitHub workflow: this one, or a project."""
    if request.param == "this-repository":
        return REPOSITORY
    return bake_once(**VARIANTS[request.param], ci="github").path


@pytest.fixture(scope="session", params=DATABASES)
def gitlab_project(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Project:
    """Return a project with a GitLab pipeline."""
    return bake_once(**VARIANTS[request.param], ci="gitlab")


def read_yaml(path: Path) -> Any:
    """Parse a YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


def lint(*command: str, folder: Path) -> str:
    """Run a linter; return its output if it fails, else an empty string."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


def schema_errors(kind: str, path: str, folder: Path) -> str:
    """Validate a file with a built-in JSON schema; return the errors, or an empty string."""
    return lint("check-jsonschema", "--builtin-schema", f"vendor.{kind}", path, folder=folder)


def image_names(services: Any) -> list[str]:
    """Return the image of each service, without its version."""
    return [service["image"].partition(":")[0] for service in services.values()]


# GitHub


def test_zizmor_finds_nothing_in_the_workflow(repository: Path) -> None:
    assert lint("zizmor", "--offline", "--strict-collection", ".github", folder=repository) == ""


def test_github_files_are_valid(repository: Path) -> None:
    assert lint("yamllint", "--strict", "-d", YAMLLINT, ".github", folder=repository) == ""
    assert schema_errors("github-workflows", GITHUB, repository) == ""
    assert schema_errors("dependabot", ".github/dependabot.yml", repository) == ""


def test_actions_are_pinned_to_the_commit_of_a_release(repository: Path) -> None:
    lines = [
        line for line in (repository / GITHUB).read_text("utf-8").splitlines() if "uses:" in line
    ]

    pinned = re.compile(r" +- uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert lines
    assert [line for line in lines if not pinned.fullmatch(line)] == []


def test_both_workflows_use_the_same_versions_of_actions() -> None:
    texts = [(folder / GITHUB).read_text("utf-8") for folder in (REPOSITORY, SOURCE_TREE)]
    versions = {line.strip() for text in texts for line in text.splitlines() if "uses:" in line}

    names = [version.partition("@")[0] for version in versions]
    assert sorted(names) == sorted(set(names))


def test_jobs_have_read_access_to_the_contents_only(repository: Path) -> None:
    workflow = read_yaml(repository / GITHUB)

    rights = [job["permissions"] for job in workflow["jobs"].values()]
    assert (workflow["permissions"], rights) == ({}, [{"contents": "read"}] * len(rights))


def test_checkout_does_not_persist_credentials(repository: Path) -> None:
    steps = chain(*(job["steps"] for job in read_yaml(repository / GITHUB)["jobs"].values()))
    checkouts = [step for step in steps if "checkout" in step.get("uses", "")]

    assert {step["with"]["persist-credentials"] for step in checkouts} == {False}


def test_jobs_have_a_timeout(repository: Path) -> None:
    assert all("timeout-minutes" in job for job in read_yaml(repository / GITHUB)["jobs"].values())


def test_dependabot_waits_seven_days_after_a_release(repository: Path) -> None:
    updates = read_yaml(repository / ".github/dependabot.yml")["updates"]

    assert {update["cooldown"]["default-days"] for update in updates} == {7}


@pytest.mark.parametrize("database", DATABASES)
def test_github_service_is_the_database_server_of_the_project(
    database: str, bake_once: Callable[..., Project]
) -> None:
    project = bake_once(**VARIANTS[database], ci="github")

    services = read_yaml(project.path / GITHUB)["jobs"]["check"].get("services", {})
    assert image_names(services) == IMAGES[database]


# GitLab


def test_gitlab_files_are_valid(gitlab_project: Project) -> None:
    folder = gitlab_project.path

    assert lint("yamllint", "--strict", "-d", YAMLLINT, ".gitlab-ci.yml", folder=folder) == ""
    assert schema_errors("gitlab-ci", ".gitlab-ci.yml", folder) == ""
    assert schema_errors("renovate", "renovate.json", folder) == ""


def test_gitlab_and_github_run_the_same_commands(
    gitlab_project: Project, bake_once: Callable[..., Project]
) -> None:
    other = bake_once(**VARIANTS[gitlab_project.answers["database"]], ci="github")

    pipeline = read_yaml(gitlab_project.path / ".gitlab-ci.yml")
    assert {job: pipeline[job]["script"] for job in job_commands(other)} == job_commands(other)


def test_gitlab_jobs_do_not_use_reserved_names(gitlab_project: Project) -> None:
    named = [
        name
        for name, job in read_yaml(gitlab_project.path / ".gitlab-ci.yml").items()
        if "script" in job
    ]

    assert not set(named) & {"default", "image", "include", "pages", "services", "variables"}


def test_gitlab_service_is_the_database_server_of_the_project(gitlab_project: Project) -> None:
    job = read_yaml(gitlab_project.path / ".gitlab-ci.yml")["check"]

    services = {service["alias"]: {"image": service["name"]} for service in job.get("services", [])}
    assert image_names(services) == IMAGES[gitlab_project.answers["database"]]
    assert job.get("variables", {}).get("DB_HOST") == next(iter(services), None)


def test_renovate_waits_seven_days_after_a_release(gitlab_project: Project) -> None:
    renovate = json.loads((gitlab_project.path / "renovate.json").read_text("utf-8"))

    assert renovate["minimumReleaseAge"] == "7 days"


# Commands


def job_commands(project: Project) -> dict[str, list[str]]:
    """Return the commands of each job of a project's workflow."""
    found = read_yaml(project.path / GITHUB)["jobs"].items()
    return {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in found}


@pytest.fixture
def checkout(bake_once: Callable[..., Project], tmp_path: Path) -> Iterator[Project]:
    """Yield a project without ignored files, as a job checks it out, and with a new database."""
    project = bake_once(**VARIANTS["postgresql"], ci="github")
    shutil.copytree(project.path, tmp_path / "it", ignore=shutil.ignore_patterns(*IGNORED))
    with temporary_database("postgresql") as environment:
        create_database(database_url(SERVERS["postgresql"], environment["DB_DATABASE"]))
        yield Project(tmp_path / "it", project.answers, environment)


def test_commands_of_the_workflow_succeed(checkout: Project) -> None:
    for command in chain(*job_commands(checkout).values()):
        if command in SKIPPED_COMMANDS:
            continue
        done = checkout.run(*command.split(), **WITHOUT_SLOW_TESTS)

        assert done.status == 0, f"{command}\n{done.out}\n{done.err}"
    assert json.loads((checkout.path / "sbom.cdx.json").read_text("utf-8"))["components"]


def test_commands_of_the_workflow_are_make_targets(
    bake_once: Callable[..., Project],
) -> None:
    project = bake_once(**VARIANTS["sqlite"], ci="github")
    targets = re.findall(
        r"^([.a-z]+):", (project.path / "Makefile").read_text("utf-8"), re.MULTILINE
    )

    assert set(chain(*job_commands(project).values())) <= {f"make {target}" for target in targets}


# This repository


def test_an_image_has_the_same_version_in_all_files() -> None:
    # Dependabot does not propose new versions of the services of a workflow.
    files = [SOURCE_TREE / name for name in (GITHUB, ".gitlab-ci.yml", "compose.yaml")]
    text = "".join(file.read_text("utf-8") for file in [REPOSITORY / GITHUB, *files])

    versions = {
        name: set(re.findall(rf"\b{name}:(\d\S*)", text)) for name in ("mariadb", "postgres")
    }
    assert [len(found) for found in versions.values()] == [1, 1], versions


def test_ci_tests_each_variant_on_each_python() -> None:
    tested = [
        (job["python"], variant)
        for job in jobs()
        if job["part"] != "other tests"
        for variant in job["select"].split(" or ")
    ]

    names = [variant_name(answers) for answers in core_variants()]
    assert sorted(tested) == sorted((p, name) for p in declaration()["pythons"] for name in names)


def test_ci_runs_all_other_tests_on_each_python() -> None:
    names = [variant_name(answers) for answers in core_variants()]

    others = {job["python"]: job["select"] for job in jobs() if job["part"] == "other tests"}
    assert others == dict.fromkeys(declaration()["pythons"], f"not ({' or '.join(names)})")


def test_oldest_tested_python_is_the_minimum_of_a_project() -> None:
    text = (SOURCE_TREE / "pyproject.toml").read_text("utf-8")

    assert f'requires-python = ">={declaration()["pythons"][0]}"' in text


def test_ci_runs_the_tests_that_a_job_selects(tmp_path: Path) -> None:
    # Commands that do nothing, except `make`, which prints its arguments.
    for name in ("apt-get", "chromium", "npm", "mariadb-install-db", "redis-server", "sudo"):
        (tmp_path / name).symlink_to(shutil.which("true") or name)
    (tmp_path / "make").symlink_to(shutil.which("echo") or "make")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "ARGS": '-k "a or b"'}

    done = subprocess.run(
        [REPOSITORY / ".ci/run"], capture_output=True, text=True, check=True, env=environment
    )

    assert done.stdout == 'test ARGS=--durations=30 -k "a or b"\n'
