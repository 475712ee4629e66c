"""Rendering of marks and answers in every type of file."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.environment import StrictEnvironment
from jinja2 import DictLoader, FileSystemLoader
from jinja2.exceptions import TemplateSyntaxError

ANSWERS = {
    "project_name": "Q&A <b>",
    "project_slug": "question-board",
    "description": 'a "b" \\ 😀',
    "license": "MIT",
    "language": "en",
    "database": "mysql",
    "forms": True,
    "bootstrap": False,
}
Rendering = Callable[..., str]


@pytest.fixture
def render() -> Rendering:
    """Return a function that renders a text as a file with this name, as cookiecutter does."""

    def render_file(text: str, name: str = "app.py", **answers: Any) -> str:
        context = {
            "cookiecutter": {"_extensions": ["flask_qa_template.extension.SourceTreeExtension"]}
        }
        environment = StrictEnvironment(context=context, keep_trailing_newline=True)
        environment.loader = DictLoader({name: text})
        template: Any = environment.get_template(name)
        return str(template.render(cookiecutter={**ANSWERS, **answers}))

    return render_file


@pytest.mark.parametrize("name", ["app.py", "a.toml", "a.yaml", "Makefile", ".env.example"])
def test_marked_line_is_kept_if_its_condition_is_true(render: Rendering, name: str) -> None:
    assert render("a\nb  # [template] if forms\nc\n", name) == "a\nb\nc\n"


def test_marked_line_is_removed_if_its_condition_is_false(render: Rendering) -> None:
    assert render("a\nb  # [template] if bootstrap\nc\n") == "a\nc\n"


@pytest.mark.parametrize(
    ("name", "comment"),
    [
        ("app.py", "# [template] {}"),
        ("page.html", "{{# [template] {} #}}"),
        ("style.css", "/* [template] {} */"),
        ("script.js", "// [template] {}"),
        ("README.md", "<!-- [template] {} -->"),
    ],
)
@pytest.mark.parametrize(("forms", "expected"), [(True, "a\n\n\nb\n\nc\n"), (False, "a\n\nc\n")])
def test_blank_lines_above_a_block_belong_to_it(
    render: Rendering, name: str, comment: str, forms: bool, expected: str
) -> None:
    text = f"a\n\n\n{comment.format('if forms')}\nb\n{comment.format('endif')}\n\nc\n"

    assert render(text, name, forms=forms) == expected


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("page.html", "<br>  {# [template] if bootstrap #}"),
        ("style.css", "a { color: red }  /* [template] if bootstrap */"),
        ("README.md", "| `forms` | a question |  <!-- [template] if bootstrap -->"),
    ],
)
def test_mark_has_the_comment_syntax_of_the_file(render: Rendering, name: str, line: str) -> None:
    assert render(f"a\n{line}\nb\n", name) == "a\nb\n"


def test_nested_block_requires_both_conditions(render: Rendering) -> None:
    text = (
        "a\n# [template] if forms\nb\n# [template] if bootstrap\nc\n"
        "# [template] endif\n# [template] endif\n"
    )

    assert render(text) == "a\nb\n"


@pytest.mark.parametrize(
    ("condition", "is_kept"),
    [
        ("mysql", True),
        ("not mysql", False),
        ("forms and bootstrap", False),
        ("forms and not bootstrap", True),
        ("sqlite or mysql and forms", True),
        ("mysql and bootstrap or sqlite", False),
    ],
)
def test_operators_have_the_precedence_of_python(
    render: Rendering, condition: str, is_kept: bool
) -> None:
    text = render(f"a\nb  # [template] if {condition}\n")

    assert text == ("a\nb\n" if is_kept else "a\n")


@pytest.mark.parametrize(
    "text",
    [
        "{% extends 'base.html' %}{{ question.title }}{# a comment #}",
        "${{ secrets.TOKEN }} {{{ }}} {%- raw -%} {% endraw %} {%- endraw %}",
        "f'{{literal}}' {'a': {'b': 1}} {#",
    ],
)
@pytest.mark.parametrize("name", ["page.html", "app.py", "ci.yml"])
def test_other_text_is_unchanged(render: Rendering, text: str, name: str) -> None:
    comment = "{# [template] if forms #}" if name == "page.html" else "# [template] if forms"

    assert render(f"{text}\nmarked  {comment}\n{text}", name) == f"{text}\nmarked\n{text}"


@pytest.mark.parametrize("ending", ["", "\n", "\n\n"])
def test_end_of_file_is_unchanged(render: Rendering, ending: str) -> None:
    assert render(f"a  # [template] if forms\nb{ending}") == f"a\nb{ending}"


@pytest.mark.parametrize(
    ("name", "text", "out"),
    [
        ("a.toml", 'x = "{{ cookiecutter.description }}"', 'x = "a \\"b\\" \\\\ 😀"'),
        ("a.py", '{"x": "{{ cookiecutter.language }}"}', '{"x": "en"}'),
        ("a.toml", 'x = "{{ cookiecutter.project_slug }}-x"', 'x = "question-board-x"'),
        ("Makefile", "{{ cookiecutter.project_slug | replace('-', '_') }}", "question_board"),
        (".env.example", "DB={{ cookiecutter.database }}", "DB=mysql"),
        ("README.md", "# {{ cookiecutter.project_name }}", "# Q&A &lt;b>"),
        ("LICENSE", "(c) {{ cookiecutter.project_name }}", "(c) Q&A <b>"),
    ],
)
def test_answer_is_quoted_for_its_position(
    render: Rendering, name: str, text: str, out: str
) -> None:
    assert render(text, name) == out


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param(
            "a.py",
            "a\nb  # [template] if wtf\n",
            "unknown condition 'wtf'; use",
            id="unknown condition",
        ),
        pytest.param(
            "a.py", "a\nb  # [template] if (forms)\n", "unknown condition '(forms)'", id="bracket"
        ),
        pytest.param("a.py", "a\nb  # [template] else\n", "must be if or endif", id="else"),
        pytest.param(
            "a.py", "a\nb  # [template] endif\n", "must be if or endif", id="endif of a line"
        ),
        pytest.param("a.py", "a\nb #[template] if forms\n", "write # [template]", id="no space"),
        pytest.param("a.html", "a\n# [template] if forms\n", "write {# [template]", id="language"),
        pytest.param("a.py", "a\n# [template] endif\n", "endif without a block", id="end alone"),
        pytest.param("a.py", "a\n# [template] if forms\n", "write [template] endif", id="no end"),
        pytest.param("a.py", "a\nf(  # [template] if forms\n", "use a block", id="open bracket"),
        pytest.param("a.py", "a\nif b:  # [template] if forms\n", "use a block", id="if alone"),
        pytest.param("a.py", 'a\n"""b  # [template] if forms\n', "use a block", id="open string"),
        pytest.param("a.py", "a\nb = \\  # [template] if forms\n", "use a block", id="backslash"),
        pytest.param("a.html", "a\n<p>  {# [template] if forms #}\n", "use a block", id="open tag"),
        pytest.param(
            "a.html", "a\n{% if b %}  {# [template] if forms #}\n", "use a block", id="open if"
        ),
        pytest.param("a.html", "a\n{{ cookiecutter.project_name }}\n", "configuration", id="HTML"),
        pytest.param(
            "a.py", "a\n# {{ cookiecutter.description }}\n", "double quotes", id="comment"
        ),
        pytest.param(
            "Makefile", "a\n{{ cookiecutter.project_name }}\n", "where it can be quoted", id="shell"
        ),
        pytest.param("a.md", "a\n{{ cookiecutter.databse }}\n", "unknown question", id="misspelt"),
        pytest.param(
            "a.md",
            "a\n{{cookiecutter.project_name}}\n",
            "write {{ cookiecutter.name }}",
            id="spaces",
        ),
    ],
)
def test_error_contains_the_file_the_line_and_how_to_fix_it(
    render: Rendering, name: str, text: str, message: str
) -> None:
    with pytest.raises(TemplateSyntaxError) as error:
        render(text, name)

    assert str(error.value).startswith(f"{name}, line 2: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("a\n@\n\nb\n#\n", 3, "put it above the mark", id="at the top"),
        pytest.param("a\n@\nb\n\n#\n", 5, "directly below its last line", id="at the end"),
        pytest.param("a\n@\n#\n", 3, "directly below its last line", id="nothing at all"),
        pytest.param("@\na\n#\n\nb\n", 4, "may become the first", id="at the top of the file"),
    ],
)
def test_blank_line_that_would_remain_is_rejected(
    render: Rendering, text: str, line: int, message: str
) -> None:
    marked = text.replace("@", "# [template] if forms").replace("#\n", "# [template] endif\n")

    with pytest.raises(TemplateSyntaxError) as error:
        render(marked)

    assert str(error.value).startswith(f"app.py, line {line}: ")
    assert message in str(error.value)


MODULE = '''"""A module."""

from flask import (
    Flask,
    request,  # [template] if forms
)

NAMES = [
    "a",
    "b",  # [template] if forms
]
# [template] if forms
OTHER = 1
# [template] endif


class Model:
    """A model."""

    first: int

    # [template] if forms
    second: int

    def double(self) -> int:
        """Return it twice."""
        return 2 * self.second

    # [template] endif
    third: int = 3


def last(app: Flask) -> None:
    """Use it."""
    print(app, request)  # [template] if forms
'''.replace("\n\n    # [template] endif\n", "\n    # [template] endif\n\n")


@pytest.mark.parametrize("forms", [True, False])
def test_rendered_module_is_formatted(render: Rendering, tmp_path: Path, forms: bool) -> None:
    file = tmp_path / "module.py"
    file.write_text(render(MODULE, forms=forms), "utf-8")

    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--no-cache",
        "--diff",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_binary_file_is_rejected_with_its_name(tmp_path: Path) -> None:
    # Cookiecutter mistakes some binary files, for example caches, for text.
    (tmp_path / "cache").write_bytes(b"words, and \xff")
    context = {"cookiecutter": {"_extensions": ["flask_qa_template.extension.SourceTreeExtension"]}}
    environment = StrictEnvironment(context=context)
    environment.loader = FileSystemLoader(tmp_path)

    with pytest.raises(TemplateSyntaxError, match=r"^cache: .* delete it"):
        environment.get_template("cache")
