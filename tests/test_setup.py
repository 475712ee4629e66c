"""A project installs what it needs itself: `setup` on, in an environment of its own."""

from collections.abc import Callable

import pytest

from flask_qa_template.options import core_variants
from tests.conftest import Project
from tests.test_variants import name

# Each core variant has other dependencies: its driver, its forms, its theme.
VARIANTS = [pytest.param(answers, id=name(answers)) for answers in core_variants()]


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

    tests = project.run(".venv/bin/python", "-m", "pytest", "-q")

    assert tests.status == 0, tests.out
