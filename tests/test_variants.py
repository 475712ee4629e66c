"""Each core variant passes its own checks, and runs on a migrated database.

The projects use the virtual environment of these tests, which has the dependencies of all variants.
`test_setup.py` installs projects with each pair of answers in separate ones.
"""

import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from flask_qa_template.options import core_variants, matches, variant_name
from tests.conftest import WITHOUT_SLOW_TESTS, Project
from tests.servers import run_development_server, status

EXPECTED_FILES = Path(__file__).with_name("expected_files.txt")
VARIANTS = [
    pytest.param(answers, id=name, marks=pytest.mark.xdist_group(name))
    for name, answers in ((variant_name(answers), answers) for answers in core_variants())
]


@pytest.fixture(scope="session", params=VARIANTS)
def project(request: pytest.FixtureRequest, bake_once: Any) -> Project:
    """Return a project of the variant with a migrated database."""
    project: Project = bake_once(**request.param)
    return project


def expected_files(answers: Mapping[str, Any]) -> set[str]:
    """Return the files that `expected_files.txt` lists for these answers."""
    lines = EXPECTED_FILES.read_text(encoding="utf-8").splitlines()
    rows = [line.partition("  # ") for line in lines if not line.startswith("# ")]
    return {path for path, _, condition in rows if not condition or matches(condition, answers)}


def file_differences(project: Project) -> list[str]:
    """Return each missing and each unexpected file of a project."""
    expected, actual = expected_files(project.answers), set(project.files())
    missing = [f"missing: {path}" for path in sorted(expected - actual)]
    return missing + [f"unexpected: {path}" for path in sorted(actual - expected)]


def generator_traces(project: Project) -> list[str]:
    """Return each file that contains a mark or names the generator, and the word."""
    return [
        f"{path}: {word}"
        for path in project.files()
        for word in ("[template]", "cookiecutter", "flask_qa_template")
        if word in (project.path / path).read_text(encoding="utf-8", errors="replace").lower()
    ]


def test_project_has_the_expected_files(project: Project) -> None:
    assert file_differences(project) == []


def test_no_file_mentions_the_generator(project: Project) -> None:
    assert generator_traces(project) == []


def test_make_check_passes(project: Project) -> None:
    # The slow tests, which start servers, depend on the database only.
    runs_slow_tests = {
        "auth": "jwt",
        "forms": True,
        "bootstrap": True,
    }.items() <= project.answers.items()
    environment = {} if runs_slow_tests else WITHOUT_SLOW_TESTS

    done = project.run("make", "check", **environment)

    assert done.status == 0, f"{done.out}\n{done.err}"


def test_concurrent_upgrades_run_each_migration_once(project: Project) -> None:
    down = project.run("flask", "--app", "service", "db", "downgrade", "base")
    upgrades = [project.start("flask", "--app", "service", "db", "upgrade") for _ in range(4)]
    outputs = [upgrade.communicate(timeout=600)[0] for upgrade in upgrades]
    check = project.run("flask", "--app", "service", "db", "check")

    assert (down.status, check.status) == (0, 0), down.err + check.out
    assert [upgrade.returncode for upgrade in upgrades] == [0] * 4, "\n".join(outputs)
    assert sum("Running upgrade" in output for output in outputs) == 1


def test_doctor_finds_no_problem_after_the_jobs_have_run(project: Project) -> None:
    if project.answers["auth"] == "jwt":
        worked = project.run("flask", "--app", "service", "work", "--once")
        assert worked.status == 0, worked.err

    done = project.run("flask", "--app", "service", "doctor")

    assert done.status == 0, done.out


@pytest.fixture(scope="session")
def address(project: Project) -> Iterator[str]:
    """Yield the address of the project's running development server."""
    with run_development_server(project) as address:
        yield address


@pytest.mark.parametrize("page", ["/", "/readyz", "/api/v1/questions", "/api/v1/docs"])
def test_page_responds(address: str, page: str) -> None:
    assert status(address + page) == 200


def test_form_page_exists_only_if_forms_are_on(project: Project, address: str) -> None:
    expected = 200 if project.answers["forms"] else 404

    assert status(f"{address}/main/question") == expected


def test_pages_do_not_refer_to_other_hosts(address: str) -> None:
    with urllib.request.urlopen(address) as page:
        html = page.read().decode()

    assert re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]*", html) == []


def test_service_can_be_started_from_another_folder(project: Project, tmp_path: Path) -> None:
    done = subprocess.run(
        ["flask", "--app", str(project.path / "service"), "routes"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **project.environment},
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("database", ["mysql", "postgresql"])
def test_tests_of_a_project_stop_without_its_database_server(bake: Any, database: str) -> None:
    done = bake(database=database).run("pytest", "-q", "-n", "2")

    errors = re.findall(r"^ERROR ", done.out, re.MULTILINE)
    assert (done.status, len(errors) <= 2) == (2, True), done.out
    assert "Interrupted: Error: Database error: " in done.out
