"""The answers that change no code: licence, language, deploy; each pair of them occurs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allpairspy import AllPairs

from flask_qa_template.options import core_variants, declaration, questions
from tests.conftest import Project

# Asked of these projects, too: core variants differ in nothing else.
from tests.test_variants import (  # noqa: F401  # Pytest uses them.
    test_nothing_of_an_option_that_is_off_is_left,
    test_the_files_are_exactly_those_expected,
)

OTHER = [
    key
    for key, choices in questions().items()
    if not isinstance(choices, str) and key not in {*declaration()["core"], "setup"}
]
PAIRS = [
    dict(zip([*OTHER, "core"], values, strict=True))
    for values in AllPairs([*(questions()[key] for key in OTHER), core_variants()])
]
FIRST_LINES = {
    "Proprietary": "All rights reserved",
    "MIT": "MIT License",
    "BSD-3-Clause": "BSD 3-Clause License",
    "Apache-2.0": "Apache License",
}


@pytest.fixture(params=PAIRS, ids=lambda pair: "-".join(pair[key] for key in OTHER))
def project(request: pytest.FixtureRequest, bake: Callable[..., Project]) -> Project:
    """Bake a project of the pair."""
    answers: dict[str, Any] = request.param
    others = {key: answers[key] for key in OTHER}
    return bake(**answers["core"], **others)


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
