"""The declaration of the options agrees with the questions and the source tree."""

import itertools
import json
import subprocess
from typing import Any

import pytest

from flask_qa_template import options
from flask_qa_template.marks import TAG

ALL_ON = {
    "database": "postgresql",
    "auth": "jwt",
    "forms": True,
    "bootstrap": True,
    "jobs": "celery",
    "deploy": "docker",
    "ci": "github",
    "license": "MIT",
}


def source_files() -> dict[str, str]:
    """Return the text of each file of the source tree."""
    ignored = set(options.ignored_files())
    texts = {}
    for path in sorted(options.SOURCE_TREE.rglob("*")):
        name = path.relative_to(options.SOURCE_TREE).as_posix()
        if path.is_file() and name not in ignored:
            texts[name] = path.read_text("utf-8", errors="replace")
    return texts


@pytest.mark.parametrize("path", sorted(options.declared_paths()))
def test_declared_path_exists(path: str) -> None:
    assert (options.SOURCE_TREE / path).exists()


@pytest.mark.parametrize("expression", sorted(set(options.declared_paths().values())))
def test_expression_of_a_path_is_valid(expression: str) -> None:
    assert options.parse_expression(expression)


def test_no_path_belongs_to_a_package_and_to_another_option() -> None:
    packages = options.declaration()["packages"]

    folders = [f"{root}/{package}/" for package in packages for root in ("service", "tests")]
    assert [
        path for path in options.declaration()["paths"] if path.startswith(tuple(folders))
    ] == []


def test_declaration_lists_exactly_the_files_with_marks() -> None:
    marked = [name for name, text in source_files().items() if TAG in text]

    assert sorted(options.declaration()["marked"]) == marked


@pytest.mark.parametrize("name", sorted(options.declaration()["conditions"]))
def test_condition_refers_to_a_possible_answer(name: str) -> None:
    asked = options.questions()

    for question, answer in options.declaration()["conditions"][name].items():
        choices = asked[question] if isinstance(asked[question], list) else [True, False]
        assert answer in choices


def test_every_choice_except_none_has_a_condition() -> None:
    asked = options.questions()
    choices = {
        (key, value)
        for key in asked
        if isinstance(asked[key], list)
        for value in asked[key]
        if value != "none"
    }

    conditions = options.declaration()["conditions"].values()
    assert choices <= {pair for condition in conditions for pair in condition.items()}


def test_localized_default_is_for_a_question_with_a_text_answer() -> None:
    asked = options.questions()

    for language, defaults in options.declaration()["localized_defaults"].items():
        assert language in asked["language"]
        assert all(isinstance(asked[key], str) for key in defaults)


def test_core_variants_are_all_combinations_of_the_core_questions() -> None:
    variants = {tuple(variant.values()) for variant in options.core_variants()}

    assert variants == set(
        itertools.product(
            ["sqlite", "mysql", "postgresql"], ["jwt", "none"], [True, False], [True, False]
        )
    )


def test_celery_variants_are_one_with_accounts_and_one_without() -> None:
    core = options.core_variants()

    assert [variant["auth"] for variant in options.celery_variants()] == ["jwt", "none"]
    for variant in options.celery_variants():
        assert variant["jobs"] == "celery"
        assert {key: variant[key] for key in variant if key != "jobs"} in core


def test_every_question_and_choice_has_a_prompt() -> None:
    content = json.loads((options.REPOSITORY / "cookiecutter.json").read_text("utf-8"))
    prompts: dict[str, Any] = content["__prompts__"]

    assert list(prompts) == list(options.questions())
    for key, default in options.questions().items():
        if isinstance(default, list):
            assert list(prompts[key]) == ["__prompt__", *default]


def test_answers_are_validated_after_the_last_question() -> None:
    content = json.loads((options.REPOSITORY / "cookiecutter.json").read_text("utf-8"))

    rendered = [key for key in content if not key.startswith("_") or key.startswith("__")]
    assert rendered[-2:] == ["__validated", "__prompts__"]


def test_excluded_package_is_expanded_to_its_files() -> None:
    excluded = options.excluded_files({**ALL_ON, "forms": False})

    assert "service/forms/__init__.py" in excluded
    assert "service/forms" not in excluded


def test_no_file_in_git_is_ignored() -> None:
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]

    done = subprocess.run(
        command, cwd=options.REPOSITORY, capture_output=True, text=True, check=True
    )

    assert done.stdout == ""


def test_declared_path_that_does_not_exist_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = {"service/ghost.py": "mysql", "service/board": "forms"}
    monkeypatch.setattr(options, "declared_paths", lambda: declared)

    assert options.missing_paths() == ["service/ghost.py"]


@pytest.mark.parametrize(
    "expression", ["", "wtf", "forms and", "(forms)", "not not forms", "forms, mysql"]
)
def test_invalid_expression_is_rejected(expression: str) -> None:
    with pytest.raises(ValueError, match="unknown condition"):
        options.matches(expression, ALL_ON)
