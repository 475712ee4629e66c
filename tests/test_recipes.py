"""The recipes in a project's CONTRIBUTING.md work without changes."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flask_qa_template.marks import MarkProcessor
from flask_qa_template.options import SOURCE_TREE, core_variants, default_answers
from tests.conftest import WITHOUT_SLOW_TESTS, Project, bake_into

FENCE = "```"
CODE_SPAN = re.compile("`([^`]+)`")
BEFORE = re.compile(r", before `|` 앞에 ")
# A comment between commands that asks the reader to translate the messages of a catalogue.
TRANSLATE = re.compile(r"^# .*?(service/\S+?\.po).*\n", re.MULTILINE)
UNTRANSLATED = re.compile(r'^msgid "(.+)"\nmsgstr ""\n(?!")', re.MULTILINE)
# A recipe defines this name, and tells the reader to import it where it is used.
NEW_NAME = "TAGS"
NEW_IMPORT = "from service.board.rules import TAGS"

ADDING_RECIPES = ["Add a field", "Add a package"]
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "add": ({}, ADDING_RECIPES),
    "add without accounts and forms": ({"auth": "none", "forms": False}, ADDING_RECIPES),
    "remove forms": ({}, ["Remove the forms", "Remove a part"]),
    "remove Bootstrap, GitHub Actions and Korean": (
        {},
        ["Remove Bootstrap", "Remove GitHub Actions", "Remove Korean", "Remove a part"],
    ),
    "remove forms and GitLab CI from a Korean project without accounts": (
        {"auth": "none", "ci": "gitlab", "language": "ko"},
        ["폼 제거하기", "GitLab CI 제거하기", "기능 제거하기"],
    ),
}


@dataclass(frozen=True)
class Step:
    """A code block, its language, and the instruction above it."""

    instruction: str
    language: str
    code: str


def read_recipes(markdown: str) -> dict[str, list[Step]]:
    """Return the steps of each recipe by its heading."""
    recipes: dict[str, list[Step]] = defaultdict(list)
    heading, instruction, language = "", "", None
    code: list[str] = []
    for line in markdown.splitlines(keepends=True):
        if line.startswith(FENCE) and language is None:
            language, code = line.strip("`\n"), []
        elif line.startswith(FENCE):
            recipes[heading].append(Step(instruction, str(language), "".join(code)))
            language = None
        elif language is not None:
            code.append(line)
        elif line.startswith("#"):
            heading = line.strip("# \n")
        elif line.strip():
            instruction = line
    return recipes


def apply(project: Project, step: Step) -> None:
    """Run the commands of a step, create its file, or insert its code into a file."""
    if step.language == "sh":
        run_commands(project, step.code)
        return
    file, *line = CODE_SPAN.findall(step.instruction)
    path = project.path / file
    if not line:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.code, "utf-8")
        return
    lines = path.read_text("utf-8").splitlines(keepends=True)
    [index] = [index for index, text in enumerate(lines) if [text.strip()] == line]
    lines.insert(index if BEFORE.search(step.instruction) else index + 1, step.code)
    path.write_text("".join(lines), "utf-8")


def run_commands(project: Project, commands: str) -> None:
    """Run shell commands; at a comment that asks for translations, fill the catalogue."""
    before, *rest = TRANSLATE.split(commands)
    run(project, "sh", "-ec", before)
    for path, after in zip(rest[::2], rest[1::2], strict=True):
        catalogue = project.path / path
        text, count = UNTRANSLATED.subn(r'msgid "\1"\nmsgstr "\1"\n', catalogue.read_text("utf-8"))
        assert count
        catalogue.write_text(text, "utf-8")
        run(project, "sh", "-ec", after)


def run(project: Project, *command: str, **environment: str) -> None:
    """Run a command, which must succeed."""
    done = project.run(*command, **environment)
    assert done.status == 0, f"{command}\n{done.out}\n{done.err}"


def add_imports(project: Project) -> None:
    """Import `NEW_NAME` in the files that use it."""
    for path in (project.path / "service").rglob("*.py"):
        text = path.read_text("utf-8")
        if re.search(rf"\b{NEW_NAME}\b(?! =)", text) and NEW_IMPORT not in text:
            text = text.replace("\nfrom service", f"\n{NEW_IMPORT}\nfrom service", 1)
            path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("answers", "recipes"),
    [
        pytest.param(*case, id=name, marks=pytest.mark.xdist_group(name))
        for name, case in CASES.items()
    ],
)
def test_project_passes_its_checks_after_a_recipe(
    tmp_path: Path, answers: dict[str, Any], recipes: list[str]
) -> None:
    project = bake_into(tmp_path, answers, {})
    recipes_by_heading = read_recipes((project.path / "CONTRIBUTING.md").read_text("utf-8"))
    run(project, "make", "upgrade")

    for recipe in recipes:
        assert recipes_by_heading[recipe], recipe
        for step in recipes_by_heading[recipe]:
            apply(project, step)
            add_imports(project)
    run(project, "ruff", "check", "--fix", "--quiet")
    run(project, "ruff", "format", "--quiet")

    run(project, "make", "check", **WITHOUT_SLOW_TESTS)


def code_blocks(language: str, answers: dict[str, Any]) -> list[list[str]]:
    """Return the code blocks of each recipe in one language, without comments."""
    asked = {**default_answers(), **answers, "language": language}
    source = (SOURCE_TREE / "CONTRIBUTING.md").read_text("utf-8")
    recipes = read_recipes(MarkProcessor("CONTRIBUTING.md", asked).process(source))
    return [
        [re.sub(r"^# .*\n", "", step.code, flags=re.MULTILINE) for step in steps]
        for steps in recipes.values()
    ]


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_both_languages_have_the_same_code(ci: str) -> None:
    for answers in core_variants():
        english, korean = (
            code_blocks(language, {**answers, "ci": ci}) for language in ("en", "ko")
        )

        assert english == korean
