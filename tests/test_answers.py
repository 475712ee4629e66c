"""Which answers are refused, and that all others are data in every file."""

import ast
import json
import tomllib
import unicodedata
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
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
from flask_qa_template.answers import problems

GOOD = {
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
# Nearly always accepted: it holds a letter, and nothing that nobody can see.
_HALF = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=59)
VISIBLE_TEXT = st.builds("{}a{}".format, _HALF, _HALF).map(str.strip)


def test_good_answers_have_no_problems() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize("question", sorted(GOOD))
def test_missing_answer_is_a_problem(question: str) -> None:
    answers = {key: value for key, value in GOOD.items() if key != question}

    assert [sentence.partition(":")[0] for sentence in problems(answers)] == [question]


@pytest.mark.parametrize(
    ("question", "answer", "cure"),
    [
        ("project_slug", "Board", "use lower-case letters, digits and single hyphens"),
        ("project_slug", "nul", "like nul-board"),
        ("project_slug", "email", "is a module of Python itself"),
        ("project_slug", "werkzeug", "a name the project itself uses"),
        ("project_slug", "service", "a name the project itself uses"),
        ("project_name", "", "use 1 to 120"),
        ("project_name", "x\u200d", "U+200D, which nobody can see; leave it out"),
        ("project_name", " x", "begins or ends with a space"),
        ("project_name", "?!", "neither a letter nor a digit"),
        ("author", "Name", "write Name <name@example.com>"),
        ("author", "Name <a@b>", "write Name <name@example.com>"),
        ("database", "oracle", "is none of sqlite, mysql, postgresql"),
        ("forms", "False", "is neither yes nor no"),
    ],
)
def test_sentence_names_question_and_cure(question: str, answer: object, cure: str) -> None:
    (sentence,) = problems({**GOOD, question: answer})

    assert sentence.startswith(f"{question}: ")
    assert cure in sentence


def test_private_answer_must_follow_from_its_question() -> None:
    (sentence,) = problems({**GOOD, "__author_name": "Somebody else"})

    assert sentence.startswith("__author_name: ")


@given(VISIBLE_TEXT)
@example('"""').via("quotes")
@example("a\\").via("a backslash at the end")
@example("1. a_b *c* <d> [e](f) `g` &amp; ~~h~~ | i #").via("Markdown")
@example("- a").via("a list")
@example("{{ 7 * 7 }} {% raw %}").via("Jinja")
@example("😀 a").via("an emoji")
def test_accepted_text_is_the_same_in_every_file(text: str) -> None:
    """Row R1.02: TOML, YAML, JSON, Python and Markdown read back exactly what was answered."""
    assume(not problems({**GOOD, "project_name": text}))

    assert read_back(text) == dict.fromkeys(read_back(text), text)


@given(st.text(alphabet="abc09-_/. A", max_size=60))
def test_accepted_slug_is_one_plain_folder_name(slug: str) -> None:
    accepted = not problems({**GOOD, "project_slug": slug})

    assert not accepted or (slug.replace("-", "").isalnum() and slug == canonicalize_name(slug))


@given(st.text(max_size=130))
def test_accepted_text_shows_all_its_characters(text: str) -> None:
    accepted = not problems({**GOOD, "description": text})

    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"} & {unicodedata.category(char) for char in text}
    assert not accepted or not hidden


def test_no_distribution_that_the_service_needs_can_be_a_slug() -> None:
    """Row R1.01: what it or its tools depend on, anywhere; uv locks nothing under such a name."""
    accepted = [name for name in sorted(closure()) if not problems({**GOOD, "project_slug": name})]

    assert accepted == [], "add these to `reserved` in options.json"


def closure() -> set[str]:
    """Return each distribution that the service and its tools need, with what those need."""
    content = tomllib.loads((options.SOURCE_TREE / "pyproject.toml").read_text("utf-8"))
    project = content["project"]
    direct = [project["dependencies"], *project["optional-dependencies"].values()]
    direct += content["dependency-groups"].values()
    queue = [(Requirement(requirement), "") for listed in direct for requirement in listed]
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    while queue:
        requirement, asking = queue.pop()
        if not applies(requirement, asking):
            continue
        name = canonicalize_name(requirement.name)
        found.add(name)
        for extra in {"", *requirement.extras} - {extra for one, extra in seen if one == name}:
            seen.add((name, extra))
            with suppress(PackageNotFoundError):
                queue += [(Requirement(needed), extra) for needed in requires(name) or []]
    return found


def applies(requirement: Requirement, extra: str) -> bool:
    """Tell whether a requirement of a package with this extra applies on any system."""
    return requirement.marker is None or any(
        requirement.marker.evaluate({**system, "extra": extra}) for system in SYSTEMS
    )


def read_back(text: str) -> dict[str, Any]:
    """Render the text into each file with the real extension; return what a reader of it gets."""
    files = {name: rendered(name, text) for name in FILES}
    prose = {name: shown(content) for name, content in files.items() if name.endswith(".md")}
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


def rendered(name: str, text: str) -> str:
    """Render one of the files with this project name."""
    context = {"cookiecutter": {"_extensions": ["flask_qa_template.marks.Marks"]}}
    environment = StrictEnvironment(context=context, keep_trailing_newline=True)
    environment.loader = DictLoader(FILES)
    return str(environment.get_template(name).render(cookiecutter={**GOOD, "project_name": text}))


def shown(markdown: str) -> str:
    """Return the text that Markdown shows, if it is one paragraph or title without markup."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    (inline,) = [block for block in blocks if block.type == "inline"]
    assert len(blocks) == 3, markdown
    plain = [part for part in inline.children or [] if part.type in {"text", "text_special"}]
    assert plain == inline.children, markdown
    return " ".join("".join(part.content for part in plain).split())
