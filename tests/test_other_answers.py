"""Projects in which each pair of answers to two questions occurs at least once."""

import json
from collections.abc import Callable

import pytest
from allpairspy import AllPairs

from flask_qa_template.options import declaration, questions, variant_name
from tests.conftest import Project, bake_into
from tests.test_variants import file_differences, generator_traces

CHOICES = {
    key: choices if isinstance(choices, list) else [True, False]
    for key, choices in questions().items()
    if not isinstance(choices, str) and key != "setup"
}
PAIRS = [dict(zip(CHOICES, values, strict=True)) for values in AllPairs([*CHOICES.values()])]
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
    """Return a project with these answers, rendered without creating a database."""
    return bake_into(tmp_path_factory.mktemp("pairs"), request.param, {"DB_PORT": "1"})


def test_project_has_the_expected_files(project: Project) -> None:
    assert file_differences(project) == []


def test_no_file_mentions_the_generator(project: Project) -> None:
    assert generator_traces(project) == []


def test_license_is_the_chosen_one(project: Project) -> None:
    text = (project.path / "LICENSE").read_text(encoding="utf-8")

    assert FIRST_LINES[project.answers["license"]].lower() in text[:400].lower()


def test_readme_and_description_have_the_chosen_language(project: Project) -> None:
    site = json.loads((project.path / "service/site.json").read_text(encoding="utf-8"))
    readme = (project.path / "README.md").read_text(encoding="utf-8")

    language = project.answers["language"]

    assert site["SITE_LANGUAGE"] == language
    for text in (readme, site["SITE_DESCRIPTION"]):
        assert any("가" <= letter <= "힣" for letter in text) == (language == "ko")


def test_python_code_depends_on_the_core_answers_and_jobs_only(
    project: Project, bake: Callable[..., Project]
) -> None:
    core = bake(**{key: project.answers[key] for key in [*declaration()["core"], "jobs"]})

    assert read_python_files(project) == read_python_files(core)


def read_python_files(project: Project) -> dict[str, str]:
    """Return the text of each Python file of a project."""
    return {
        path: (project.path / path).read_text(encoding="utf-8")
        for path in project.files()
        if path.endswith(".py")
    }
