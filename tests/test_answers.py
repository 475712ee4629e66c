"""Validation of answers, and how files contain valid answers."""

import ast
import json
import subprocess
import sys
import tomllib
import unicodedata
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.environment import StrictEnvironment
from hypothesis import assume, example, given
from hypothesis import strategies as st
from jinja2 import DictLoader
from markdown_it import MarkdownIt
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from flask_qa_template import options
from flask_qa_template.answers import answer_errors, argument_errors, localize_defaults

VALID = {
    "project_name": "Question Board",
    "project_slug": "question-board",
    "description": "Questions.",
    "author": "Your Name <you@example.com>",
    "license": "MIT",
    "language": "en",
    "database": "sqlite",
    "auth": "jwt",
    "forms": True,
    "bootstrap": True,
    "jobs": "none",
    "deploy": "none",
    "ci": "none",
    "setup": False,
}
SYSTEMS = [
    {"python_version": version, "python_full_version": f"{version}.0", "sys_platform": platform}
    for version in ("3.11", "3.14")
    for platform in ("linux", "darwin", "win32")
]
FILES = {
    "a.json": '{"x": "{{ cookiecutter.project_name }}"}',
    "a.toml": 'x = "{{ cookiecutter.project_name }}"\n',
    "a.yaml": 'x: "{{ cookiecutter.project_name }}"\n',
    "a.py": 'x = "{{ cookiecutter.project_name }}"\n',
    "title.md": "# {{ cookiecutter.project_name }}\n",
    "text.md": "{{ cookiecutter.project_name }}\n",
    "within.md": "It is {{ cookiecutter.project_name }}.\n",
}
# The first thing that `pip install -e .` does with a project.
READ_METADATA = "from setuptools import build_meta; build_meta.get_requires_for_build_editable()"
# Printable texts that contain a letter: nearly all are valid answers.
_HALF = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=59)
VISIBLE_TEXT = st.builds("{}a{}".format, _HALF, _HALF).map(str.strip)


def test_valid_answers_have_no_errors() -> None:
    assert answer_errors(VALID) == []


@pytest.mark.parametrize("question", sorted(VALID))
def test_missing_answer_is_an_error(question: str) -> None:
    answers = {key: value for key, value in VALID.items() if key != question}

    assert [error.partition(":")[0] for error in answer_errors(answers)] == [question]


@pytest.mark.parametrize(
    ("question", "answer", "message"),
    [
        ("project_slug", "Board", "must consist of lowercase letters, digits and single hyphens"),
        ("project_slug", "nul", "for example nul-board"),
        ("project_slug", "email", "name of a Python standard library module"),
        ("project_slug", "werkzeug", "a name that the project uses itself"),
        ("project_slug", "service", "a name that the project uses itself"),
        ("project_name", "", "must have 1 to 120 characters, not 0"),
        ("project_name", "x\u200d", "unprintable character U+200D"),
        ("project_name", " x", "must not start or end with a space"),
        ("project_name", "?!", "must contain a letter or a digit"),
        ("author", "Name", "must have the form Name <name@example.com>"),
        ("author", "Name <a@b>", "must have the form Name <name@example.com>"),
        ("author", "Name <a..b@x.co>", "must have the form Name <name@example.com>"),
        ("author", "Name <.a@x.co>", "must have the form Name <name@example.com>"),
        ("author", "Name <a.@x.co>", "must have the form Name <name@example.com>"),
        ("database", "oracle", "must be one of sqlite, mysql, postgresql"),
        ("forms", "False", "must be yes or no"),
    ],
)
def test_error_contains_the_question_and_the_rule(
    question: str, answer: object, message: str
) -> None:
    (error,) = answer_errors({**VALID, question: answer})

    assert error.startswith(f"{question}: ")
    assert message in error


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("databse=mysql", "'databse=mysql' must be question=answer; questions: project_name,"),
        ("mysql", "'mysql' must be question=answer"),
        ("__author_name=x", "must be question=answer"),
        ("database=oracle", "database: 'oracle' must be one of sqlite, mysql, postgresql."),
        ("forms=maybe", "forms: 'maybe' must be yes or no."),
        ("project_slug=A", "project_slug: 'A' must consist of lowercase letters"),
    ],
)
def test_invalid_argument_is_an_error(argument: str, message: str) -> None:
    (error,) = argument_errors(["language=ko", argument])

    assert message in error


def test_valid_arguments_have_no_errors() -> None:
    arguments = ["language=ko", "forms=no", "bootstrap=False", "description=a = b"]

    assert list(argument_errors(arguments)) == []


def test_unchanged_default_is_localized() -> None:
    default = options.questions()["description"]

    localized = localize_defaults({**VALID, "language": "ko", "description": default})

    assert any("가" <= letter <= "힣" for letter in localized["description"])


@pytest.mark.parametrize("answers", [{"language": "en"}, {"language": "ko", "description": "Mine"}])
def test_changed_or_english_answer_is_not_localized(answers: dict[str, str]) -> None:
    unchanged = {**VALID, "description": options.questions()["description"], **answers}

    assert localize_defaults(unchanged) == unchanged


def test_private_variable_that_differs_from_its_question_is_rejected() -> None:
    (error,) = answer_errors({**VALID, "__author_name": "Another Name"})

    assert error.startswith("__author_name: ")


@given(VISIBLE_TEXT)
@example('"""').via("quotes")
@example("a\\").via("a backslash at the end")
@example("1. a_b *c* <d> [e](f) `g` &amp; ~~h~~ | i #").via("Markdown")
@example("- a").via("a list")
@example("{{ 7 * 7 }} {% raw %}").via("Jinja")
@example("😀 a").via("an emoji")
def test_valid_text_is_unchanged_after_parsing_every_file(text: str) -> None:
    assume(not answer_errors({**VALID, "project_name": text}))

    assert parse_rendered_files(text) == dict.fromkeys(parse_rendered_files(text), text)


@given(st.text(alphabet="abc09-_/. A", max_size=60))
def test_valid_slug_is_a_plain_folder_name(slug: str) -> None:
    accepted = not answer_errors({**VALID, "project_slug": slug})

    assert not accepted or (slug.replace("-", "").isalnum() and slug == canonicalize_name(slug))


@given(st.text(max_size=130))
def test_valid_text_is_printable(text: str) -> None:
    accepted = not answer_errors({**VALID, "description": text})

    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(char) for char in text}
    assert not accepted or not hidden


@pytest.mark.parametrize(
    "author",
    [
        "Ann \"Q\" O'Neil\\ <ann.o'neil+b@x.co>",
        "김준 😀 <a@x.co>",
        "A, B; C (d) [e]: @f <a@1.2.3.4>",
        "=?utf-8?q?x?= <{}|~!#$%&*/=?^_`@x-.-y>",
        "a  b. <a@x.co>",
    ],
)
def test_project_of_an_accepted_author_can_be_installed(tmp_path: Path, author: str) -> None:
    assert answer_errors({**VALID, "author": author}) == []
    name, _, email = author.removesuffix(">").rpartition(" <")
    listed = [
        f"{key} = {json.dumps(text, ensure_ascii=False)}"
        for key, text in (("name", name), ("email", email))
    ]
    lines = ["[project]", 'name = "a"', 'version = "1"', "[[project.authors]]", *listed]
    (tmp_path / "pyproject.toml").write_text("\n".join(lines), "utf-8")

    done = subprocess.run(
        [sys.executable, "-c", READ_METADATA],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert f"<{email}>" in (tmp_path / "a.egg-info/PKG-INFO").read_text("utf-8")


def test_name_of_a_dependency_is_rejected_as_slug() -> None:
    # uv cannot lock a project that has the name of one of its dependencies.
    accepted = [
        name
        for name in sorted(all_dependencies())
        if not answer_errors({**VALID, "project_slug": name})
    ]

    assert accepted == [], "add these to `reserved` in options.json"


def all_dependencies() -> set[str]:
    """Return the names of all direct and indirect dependencies of the service and its tools."""
    content = tomllib.loads((options.SOURCE_TREE / "pyproject.toml").read_text("utf-8"))
    project = content["project"]
    direct = [project["dependencies"], *project["optional-dependencies"].values()]
    direct += content["dependency-groups"].values()
    queue = [(Requirement(requirement), "") for listed in direct for requirement in listed]
    names: set[str] = set()
    seen: set[tuple[str, str]] = set()
    while queue:
        requirement, required_by = queue.pop()
        if not applies(requirement, required_by):
            continue
        name = canonicalize_name(requirement.name)
        names.add(name)
        for extra in {"", *requirement.extras} - {extra for one, extra in seen if one == name}:
            seen.add((name, extra))
            with suppress(PackageNotFoundError):
                queue += [(Requirement(needed), extra) for needed in requires(name) or []]
    return names


def applies(requirement: Requirement, extra: str) -> bool:
    """Return whether a requirement applies with this extra on one of `SYSTEMS`."""
    return requirement.marker is None or any(
        requirement.marker.evaluate({**system, "extra": extra}) for system in SYSTEMS
    )


def parse_rendered_files(text: str) -> dict[str, Any]:
    """Render each file with this project name; return the name that a parser reads from it."""
    files = {name: render_file(name, text) for name in FILES}
    prose = {
        name: displayed_text(content) for name, content in files.items() if name.endswith(".md")
    }
    spaces = " ".join(text.split())
    return {
        "JSON": json.loads(files["a.json"])["x"],
        "TOML": tomllib.loads(files["a.toml"])["x"],
        "YAML": yaml.safe_load(files["a.yaml"])["x"],
        "Python": ast.literal_eval(files["a.py"].partition("=")[2].strip()),
        "title": text if prose["title.md"] == spaces else prose["title.md"],
        "text": text if prose["text.md"] == spaces else prose["text.md"],
        "within": text if prose["within.md"] == f"It is {spaces}." else prose["within.md"],
    }


def render_file(name: str, text: str) -> str:
    """Return the content of one of `FILES` with this project name."""
    context = {"cookiecutter": {"_extensions": ["flask_qa_template.extension.SourceTreeExtension"]}}
    environment = StrictEnvironment(context=context, keep_trailing_newline=True)
    environment.loader = DictLoader(FILES)
    return str(environment.get_template(name).render(cookiecutter={**VALID, "project_name": text}))


def displayed_text(markdown: str) -> str:
    """Return the displayed_text text of Markdown; fail unless it is one paragraph or title."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    (inline,) = [block for block in blocks if block.type == "inline"]
    assert len(blocks) == 3, markdown
    plain = [part for part in inline.children or [] if part.type in {"text", "text_special"}]
    assert plain == inline.children, markdown
    return " ".join("".join(part.content for part in plain).split())
