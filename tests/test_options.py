"""The declaration of the options agrees with the questions and with the source tree."""

import itertools
import json
from typing import Any

import pytest

from flask_qa_template import options
from flask_qa_template.lines import TAG
from flask_qa_template.plan import steps

ALL_ON = {
    "database": "postgresql",
    "auth": "jwt",
    "forms": True,
    "bootstrap": True,
    "deploy": "docker",
    "ci": "github",
    "license": "MIT",
}
# Running the source tree in place leaves these; none of them is part of it.
LEFT_BY_RUNS = {"__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache", "instance"}


def source_files() -> dict[str, str]:
    """Return the text of each file of the source tree that is text."""
    texts = {}
    for path in sorted(options.SOURCE_TREE.rglob("*")):
        if path.is_file() and not LEFT_BY_RUNS & set(path.parts):
            name = path.relative_to(options.SOURCE_TREE).as_posix()
            texts[name] = path.read_text("utf-8", errors="replace")
    return texts


@pytest.mark.parametrize("path", sorted(options.declared_paths()))
def test_declared_path_exists(path: str) -> None:
    assert (options.SOURCE_TREE / path).exists()


@pytest.mark.parametrize("condition", sorted(set(options.declared_paths().values())))
def test_condition_of_a_path_is_valid(condition: str) -> None:
    assert options.alternatives(condition)


def test_package_has_no_exception_of_its_own() -> None:
    """A path inside a package's folder would have two owners."""
    owned = options.declaration()["packages"]

    folders = [f"{root}/{package}/" for package in owned for root in ("service", "tests")]
    assert [
        path for path in options.declaration()["paths"] if path.startswith(tuple(folders))
    ] == []


def test_marked_files_are_listed() -> None:
    """Marks stand in the files that the declaration lists, and nowhere else."""
    marked = [name for name, text in source_files().items() if TAG in text]

    assert sorted(options.declaration()["marked"]) == marked


@pytest.mark.parametrize("word", sorted(options.declaration()["words"]))
def test_word_names_an_answer_that_can_be_given(word: str) -> None:
    asked = options.questions()

    for question, answer in options.declaration()["words"][word].items():
        choices = asked[question] if isinstance(asked[question], list) else [True, False]
        assert answer in choices


def test_every_choice_has_a_word() -> None:
    """Marks and paths can speak of every answer to a question; for `none` they say `not`."""
    asked = options.questions()
    choices = {
        (key, value)
        for key in asked
        if isinstance(asked[key], list)
        for value in asked[key]
        if value != "none"
    }

    named = {pair for word in options.declaration()["words"].values() for pair in word.items()}
    assert choices <= named


def test_trace_belongs_to_a_word() -> None:
    assert options.declaration()["traces"].keys() <= options.declaration()["words"].keys()


def test_core_variants_are_every_combination() -> None:
    """Three databases, with and without members, forms and Bootstrap."""
    variants = {tuple(variant.values()) for variant in options.core_variants()}

    assert variants == set(
        itertools.product(
            ["sqlite", "mysql", "postgresql"], ["jwt", "none"], [True, False], [True, False]
        )
    )


def test_question_and_choice_have_a_text_for_people() -> None:
    content = json.loads((options.REPOSITORY / "cookiecutter.json").read_text("utf-8"))
    prompts: dict[str, Any] = content["__prompts__"]

    assert list(prompts) == list(options.questions())
    for key, default in options.questions().items():
        if isinstance(default, list):
            assert list(prompts[key]) == ["__prompt__", *default]


def test_last_thing_asked_is_whether_anything_is_wrong() -> None:
    """The filter that refuses sees every answer: nothing that is asked or rendered comes later."""
    content = json.loads((options.REPOSITORY / "cookiecutter.json").read_text("utf-8"))

    rendered = [key for key in content if not key.startswith("_") or key.startswith("__")]
    assert rendered[-2:] == ["__refused", "__prompts__"]


def test_switched_off_package_is_named_file_by_file() -> None:
    """A user's own file in the folder of a package is safe."""
    off = options.switched_off({**ALL_ON, "forms": False})

    assert "service/forms/__init__.py" in off
    assert "service/forms" not in off


def test_missing_path_is_named_and_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options, "declared_paths", lambda: {"service/ghost.py": "mysql"})

    assert options.switched_off(ALL_ON) == ["service/ghost.py"]


@pytest.mark.parametrize(
    "condition", ["", "wtf", "forms and", "(forms)", "not not forms", "forms, mysql"]
)
def test_condition_that_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="is no word"):
        options.holds(condition, ALL_ON)


def test_uv_is_used_where_there_is_one() -> None:
    answers = {**ALL_ON, "setup": True}

    assert {step["command"][0] for step in steps(answers, "/uv", has_migrate=False)[:2]} == {"/uv"}


def test_lock_is_made_by_uv_in_one_go_with_the_installation() -> None:
    """To lock on its own would cost a second resolution."""
    _venv, packages, _database = steps({**ALL_ON, "setup": True}, "/uv", has_migrate=False)

    assert packages["command"][1] == "sync"


@pytest.mark.parametrize("has_migrate", [True, False])
@pytest.mark.parametrize("setup", [True, False])
def test_lock_that_nobody_makes_is_named(*, setup: bool, has_migrate: bool) -> None:
    undone = steps({**ALL_ON, "setup": setup}, None, has_migrate=has_migrate)

    (lock,) = [step for step in undone if step.get("needless_with") == "uv.lock"]
    assert (bool(lock["why_not"]), "uv" in lock["by_hand"][-1]) == (True, True)


def test_interpreter_without_flask_migrate_does_nothing() -> None:
    answers = {**ALL_ON, "setup": False}

    commands = [step["command"] for step in steps(answers, None, has_migrate=False)]
    assert commands == [[], [], []]


def test_sqlite_needs_no_command_that_creates_the_database() -> None:
    answers = {**ALL_ON, "database": "sqlite", "setup": False}

    *_lock, database = steps(answers, None, has_migrate=True)
    assert database["by_hand_with_migrations"] == ["flask --app service db upgrade"]
