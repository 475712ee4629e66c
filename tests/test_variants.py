"""Every core variant: rendered, clean, migrated, running, tested on its own database.

The projects are baked without `setup`, in the environment of these tests, which has what every
variant needs: adding a variant costs no environment. `test_setup.py` installs each for itself.
"""

import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flask_qa_template.options import core_variants, declaration, holds, variant_name
from tests.conftest import WITHOUT_SLOW_TESTS, Project
from tests.servers import served, status

EXPECTED_FILES = Path(__file__).with_name("expected_files.txt")
VARIANTS = [
    pytest.param(answers, id=name, marks=pytest.mark.xdist_group(name))
    for name, answers in ((variant_name(answers), answers) for answers in core_variants())
]


@pytest.fixture(scope="session", params=VARIANTS)
def project(request: pytest.FixtureRequest, bake_once: Any) -> Project:
    """Bake a project of the variant, migrated on a database of its own."""
    baked: Project = bake_once(**request.param)
    return baked


def expected_files(answers: dict[str, Any]) -> list[str]:
    """Return the files that `expected_files.txt` names for these answers."""
    lines = EXPECTED_FILES.read_text(encoding="utf-8").splitlines()
    rows = [line.partition("  # ") for line in lines if line]
    return sorted(path for path, _, when in rows if not when or holds(when, answers))


def test_the_files_are_exactly_those_expected(project: Project) -> None:
    assert project.files() == expected_files(dict(project.answers))


def traces_of_what_is_off(project: Project) -> list[str]:
    """Return each word that no project with these answers may hold, with the file that does."""
    words = [
        word
        for option, traces in declaration()["traces"].items()
        if not holds(option, project.answers)
        for word in traces
    ]
    texts = {
        path: f"{path}\n{(project.path / path).read_text(encoding='utf-8', errors='replace')}"
        for path in project.files()
    }

    return [
        f"{path}: {word}"
        for path, text in texts.items()
        for word in [*words, "[template]", "cookiecutter", "flask_qa_template"]
        if word in text.lower()
    ]


def test_nothing_of_an_option_that_is_off_is_left(project: Project) -> None:
    assert traces_of_what_is_off(project) == []


def test_make_check_has_nothing_to_say(project: Project) -> None:
    """The slow tests, which start servers, differ between variants by nothing but the database."""
    is_first = {"auth": "jwt", "forms": True, "bootstrap": True}.items() <= project.answers.items()
    leave_out = {} if is_first else WITHOUT_SLOW_TESTS

    done = project.run("make", "check", **leave_out)

    assert done.status == 0, f"{done.out}\n{done.err}"


def test_migrations_go_down_and_by_four_upgrades_at_once_up_again(project: Project) -> None:
    """R7.06, Z44."""
    down = project.run("flask", "--app", "service", "db", "downgrade", "base")
    upgrades = [project.start("flask", "--app", "service", "db", "upgrade") for _ in range(4)]
    outputs = [upgrade.communicate(timeout=60)[0] for upgrade in upgrades]
    check = project.run("flask", "--app", "service", "db", "check")

    assert (down.status, check.status) == (0, 0), down.err + check.out
    assert [upgrade.returncode for upgrade in upgrades] == [0] * 4, "\n".join(outputs)
    assert sum("Running upgrade" in output for output in outputs) == 1


def test_doctor_finds_nothing_wrong(project: Project) -> None:
    done = project.run("flask", "--app", "service", "doctor")

    assert done.status == 0, done.out


@pytest.fixture(scope="session")
def address(project: Project) -> Iterator[str]:
    """Run the project's development server."""
    with served(project) as address:
        yield address


@pytest.mark.parametrize("page", ["/", "/readyz", "/api/v1/questions", "/api/v1/docs"])
def test_the_service_runs_and_is_ready(address: str, page: str) -> None:
    assert status(address + page) == 200


def test_the_form_page_is_there_only_with_forms(project: Project, address: str) -> None:
    expected = 200 if project.answers["forms"] else 404

    assert status(f"{address}/main/question") == expected


def test_no_page_names_another_host(address: str) -> None:
    with urllib.request.urlopen(address) as page:
        html = page.read().decode()

    assert re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]*", html) == []


def test_the_lines_of_the_environment_example_are_all_settings(project: Project) -> None:
    listed = (project.path / ".env.example").read_text(encoding="utf-8")
    config = (project.path / "service/config.py").read_text(encoding="utf-8")
    containers = (project.path / "compose.yaml").read_text(encoding="utf-8")

    names = re.findall(r"^#?([A-Z][A-Z_]+)=", listed, re.MULTILINE)
    known = {
        *re.findall(r"^    ([A-Z_]+) = (?:fields|Words|Switch)", config, re.MULTILINE),
        *re.findall(r"\${([A-Z_]+)", containers),
    }

    assert names
    assert [name for name in names if name not in known] == []


def test_the_service_needs_no_other_file_of_the_project(project: Project, tmp_path: Path) -> None:
    """A service in a container is often started from another folder."""
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
def test_the_tests_of_a_project_stop_at_once_without_its_server(bake: Any, database: str) -> None:
    done = bake(database=database).run("pytest", "-q", "-n", "2")

    errors = re.findall(r"^ERROR ", done.out, re.MULTILINE)
    assert (done.status, len(errors) <= 2) == (2, True), done.out
    assert "Interrupted: Error: The database says" in done.out
