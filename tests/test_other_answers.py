"""The answers that change no code: licence, language, deploy, CI; each pair of two occurs."""

import json
from collections.abc import Callable

import pytest
from allpairspy import AllPairs

from flask_qa_template.options import declaration, questions, variant_name
from tests.conftest import Project, bake_into
from tests.test_variants import expected_files, traces_of_what_is_off

ASKED = {
    key: choices if isinstance(choices, list) else [True, False]
    for key, choices in questions().items()
    if not isinstance(choices, str) and key != "setup"
}
PAIRS = [dict(zip(ASKED, values, strict=True)) for values in AllPairs([*ASKED.values()])]
FIRST_LINES = {
    "Proprietary": "All rights reserved",
    "MIT": "MIT License",
    "BSD-3-Clause": "BSD 3-Clause License",
    "Apache-2.0": "Apache License",
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(answers, id=variant_name(answers), marks=pytest.mark.xdist_group(str(number)))
        for number, answers in enumerate(PAIRS)
    ],
)
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Bake a project of the pairs; its hook finds no server on which it could leave a database."""
    return bake_into(tmp_path_factory.mktemp("pairs"), request.param, {"DB_PORT": "1"})


def test_the_files_are_exactly_those_expected(project: Project) -> None:
    assert project.files() == expected_files(dict(project.answers))


def test_nothing_of_an_option_that_is_off_is_left(project: Project) -> None:
    assert traces_of_what_is_off(project) == []


def test_the_licence_is_the_one_asked_for(project: Project) -> None:
    text = (project.path / "LICENSE").read_text(encoding="utf-8")

    assert FIRST_LINES[project.answers["license"]].lower() in text[:400].lower()


def test_the_project_speaks_the_language_asked_for(project: Project) -> None:
    site = json.loads((project.path / "service/site.json").read_text(encoding="utf-8"))
    readme = (project.path / "README.md").read_text(encoding="utf-8")

    is_korean = any("가" <= letter <= "힣" for letter in readme)

    assert site["SITE_LANGUAGE"] == project.answers["language"]
    assert is_korean == (project.answers["language"] == "ko")


def test_the_code_is_that_of_the_core_answers_alone(
    project: Project, bake: Callable[..., Project]
) -> None:
    same = bake(**{key: project.answers[key] for key in declaration()["core"]})

    assert code(project) == code(same)


def code(project: Project) -> dict[str, str]:
    """Return every Python file of a project with its text."""
    return {
        path: (project.path / path).read_text(encoding="utf-8")
        for path in project.files()
        if path.endswith(".py")
    }
