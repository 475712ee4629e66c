"""Projects with Celery pass their own checks, and their workers run the jobs."""

from collections.abc import Iterator
from typing import Any

import pytest

from flask_qa_template.options import celery_variants, variant_name
from tests.conftest import WITHOUT_SLOW_TESTS, Project
from tests.servers import temporary_redis
from tests.test_variants import file_differences, generator_traces

# The same xdist groups as in `test_leftovers.py`, so each variant is rendered once.
VARIANTS = [
    pytest.param(answers, id=name, marks=pytest.mark.xdist_group(name))
    for name, answers in ((variant_name(answers), answers) for answers in celery_variants())
]


@pytest.fixture(scope="session", params=VARIANTS)
def project(request: pytest.FixtureRequest, bake_once: Any) -> Project:
    """Return a project of the variant with a migrated database."""
    project: Project = bake_once(**request.param)
    return project


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """Yield the URL of a Redis server."""
    with temporary_redis() as url:
        yield url


def test_project_has_the_expected_files(project: Project) -> None:
    assert file_differences(project) == []


def test_no_file_mentions_the_generator(project: Project) -> None:
    assert generator_traces(project) == []


def test_make_check_passes(project: Project) -> None:
    done = project.run("make", "check", **WITHOUT_SLOW_TESTS)

    assert done.status == 0, f"{done.out}\n{done.err}"


def test_tests_with_real_workers_pass(project: Project) -> None:
    done = project.run("pytest", "-q", "-m", "slow", "tests/celery_jobs")

    assert done.status == 0, done.out


def test_doctor_finds_no_problem(project: Project, broker_url: str) -> None:
    done = project.run("flask", "--app", "service", "doctor", CELERY_BROKER_URL=broker_url)

    assert done.status == 0, done.out


def test_command_work_does_not_exist(project: Project) -> None:
    done = project.run("flask", "--app", "service", "work", "--once")

    assert (done.status, "No such command 'work'" in done.err) == (2, True)
