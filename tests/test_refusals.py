"""Rejection of invalid answers before cookiecutter writes a file."""

import ast
import json
import sys
from pathlib import Path

import pytest

from flask_qa_template.options import questions
from tests.conftest import TOP_FOLDER, Template, make_folder

MALICIOUS_CODE = "{{ cycler.__init__.__globals__.os.popen('touch CANARY').read() }}"


def escape_jinja(value: str) -> str:
    """Return an answer whose Jinja code cookiecutter does not run with `--no-input`."""
    return "{% raw %}" + value + "{% endraw %}"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param('project_name=x"\nimport os; os.system("touch CANARY")#', id="line break"),
        pytest.param("project_slug=../x/y/z", id="parent folder"),
        pytest.param("project_slug=/tmp/flask-qa-absolute", id="absolute path"),
        pytest.param("project_slug=a\nb", id="line break in slug"),
        pytest.param("project_slug=a\tb", id="tab in slug"),
        pytest.param("project_slug=a\x1bb", id="escape in slug"),
        pytest.param("project_slug=", id="empty slug"),
        pytest.param("project_slug=.", id="dot"),
        pytest.param("project_slug=..", id="two dots"),
        pytest.param("project_slug=   ", id="only spaces"),
        pytest.param("project_slug=" + "a" * 51, id="51 characters"),
        pytest.param("project_slug=" + "a" * 300, id="300 characters"),
        pytest.param("project_slug=-rf", id="option"),
        pytest.param("project_slug=--help", id="long option"),
        pytest.param("project_slug=a-", id="hyphen at the end"),
        pytest.param("project_slug=a--b", id="two hyphens"),
        pytest.param("project_slug=1app", id="digit first"),
        pytest.param("project_slug=2048", id="number"),
        pytest.param("project_slug=logging", id="module of Python"),
        pytest.param("project_slug=flask-wtf", id="dependency"),
        pytest.param("project_slug=flask-sqlalchemy", id="dependency in capitals"),
        pytest.param("project_slug=con", id="device of Windows"),
        pytest.param("project_slug=com1", id="numbered device of Windows"),
        pytest.param("project_slug=prn.", id="device with a dot"),
        pytest.param("project_slug=naïve", id="accent"),
        pytest.param("project_slug=\u0430pp", id="Cyrillic letter"),
        pytest.param("project_slug=\uff41\uff50\uff50", id="full-width letters"),
        pytest.param("project_slug=ﬁle", id="ligature"),
        pytest.param("project_name=🦄", id="name without letters"),
        pytest.param("project_name=\udcff\udcfe", id="invalid UTF-8"),
        pytest.param("author=x", id="author without e-mail"),
        pytest.param('author=A <a@b">', id="quote in the e-mail"),
        pytest.param("author=A <a@b\nc>", id="line break in the e-mail"),
        pytest.param("description=" + "x" * 121, id="121 characters"),
        pytest.param("description=a\u202eb", id="direction override"),
        pytest.param("description=a\u200bb", id="zero-width space"),
        pytest.param("__author_name=Another Name", id="private variable"),
    ],
)
def test_invalid_answer_leaves_no_file(template: Template, answer: str) -> None:
    before = template.all_paths()

    run = template.render("setup=no", answer)

    lines = run.err.splitlines()
    assert (run.status, template.all_paths()) == (1, before)
    assert lines
    assert all(line.startswith("ERROR: ") for line in lines), run.err
    assert answer.partition("=")[0] in {line.split(": ")[1] for line in lines}


def test_all_invalid_answers_are_reported_at_once(template: Template) -> None:
    run = template.render("project_name=!", "project_slug=A", "description=", "author=x")

    questions = [line.split(": ")[1] for line in run.err.splitlines()]
    assert questions == ["project_name", "project_slug", "description", "author"]


@pytest.mark.parametrize("answer", ["database=oracle", "forms=maybe", "forms=", "license=GPL"])
def test_invalid_choice_leaves_no_file(template: Template, answer: str) -> None:
    before = template.all_paths()

    run = template.render(answer)

    assert (run.status, template.all_paths()) == (1, before)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        pytest.param("project_slug", MALICIOUS_CODE, id="code"),
        pytest.param("project_slug", "../x/y/z", id="parent folder"),
        pytest.param("project_slug", "a" * 300, id="300 characters"),
        pytest.param("project_name", "\udcff", id="invalid UTF-8"),
        pytest.param("database", "oracle", id="invalid choice"),
        pytest.param("forms", "maybe", id="invalid boolean"),
    ],
)
def test_invalid_replayed_answer_is_rejected(template: Template, question: str, value: str) -> None:
    assert template.render("setup=no").status == 0
    replay = next(Path(template.environment["HOME"]).rglob("template.json"))
    answers = json.loads(replay.read_text("utf-8"))
    answers["cookiecutter"][question] = value
    file = template.path / "replay.json"
    file.write_text(json.dumps(answers), "utf-8")
    before = template.all_paths()

    command = ["python", "-m", "cookiecutter", str(template.path), "-o", str(template.output)]
    run = template.run([*command, "--replay-file", str(file)], **path_with_python(template))

    assert (run.status, template.all_paths()) == (1, before)
    assert run.err.startswith(f"ERROR: {question}: ")
    assert "Traceback" not in run.err


@pytest.mark.parametrize("name", [MALICIOUS_CODE, "{% include 'x' %}", "{# comment #}"])
@pytest.mark.parametrize("is_current_folder", [True, False])
def test_output_folder_with_template_code_is_rejected(
    template: Template, name: str, *, is_current_folder: bool
) -> None:
    folder = make_folder(template.output / name.replace("/", ""))
    before = template.all_paths(), sorted((template.path / TOP_FOLDER).rglob("*"))
    command = [sys.executable, "-m", "cookiecutter", str(template.path), "--no-input"]

    change = ["sh", "-c", 'cd "$0" && exec "$@"', str(folder), *command]
    run = template.run(change if is_current_folder else [*command, "-o", str(folder)])

    after = template.all_paths(), sorted((template.path / TOP_FOLDER).rglob("*"))
    assert (run.status, after) == (1, before)
    assert run.err.startswith("ERROR: output folder: ")
    assert "Traceback" not in run.err


def test_output_folder_with_template_code_is_not_compiled_by_an_update_tool(
    template: Template,
) -> None:
    folder = make_folder(template.output / "{{ cookiecutter.keys() }}")
    program = f"""
import json, sys
from cookiecutter.generate import generate_files
sys.path.append({str(template.path)!r})
context = json.load(open({str(template.path / "cookiecutter.json")!r}))
answers = {{key: value[0] if isinstance(value, list) else value for key, value in context.items()}}
answers |= {{"project_slug": "a", "author": "A <a@b.c>", "__author_name": "A",
    "__author_email": "a@b.c", "_extensions": context["_extensions"]}}
print(generate_files(repo_dir={str(template.path)!r}, context={{"cookiecutter": answers}},
    output_dir={str(folder)!r}, accept_hooks=False))
"""

    run = template.run([sys.executable, "-c", program])

    assert (run.err, run.out) == ("", f"{folder}/a\n")
    assert (folder / "a/service/__init__.py").exists()


def test_template_code_typed_as_slug_is_not_executed(template: Template) -> None:
    before = template.all_paths()
    command = ["python", "-m", "cookiecutter", str(template.path), "-o", str(template.output)]

    typed = "\n".join(["", MALICIOUS_CODE, *[""] * len(questions())])
    run = template.run(command, typed, **path_with_python(template))

    assert (run.status, template.all_paths()) == (1, before)
    assert "ERROR: project_slug: " in run.err


@pytest.mark.parametrize(
    ("question", "value"),
    [
        pytest.param("project_name", 'Bob"s Q&A', id="quote"),
        pytest.param("description", "C:\\x\\", id="backslash at the end"),
        pytest.param("project_name", "a $(touch CANARY) `touch CANARY` ${HOME}", id="shell"),
        pytest.param("project_name", "a {{ 7*7 }} {% if %}", id="braces"),
        pytest.param("project_name", "日本語 Q&A", id="Japanese"),
        pytest.param("project_name", "<script>alert(1)</script>", id="script"),
        pytest.param("description", "질문 게시판 😀", id="Hangul and emoji"),
    ],
)
def test_special_characters_are_not_executed(template: Template, question: str, value: str) -> None:
    run = template.render("setup=no", "project_slug=odd", f"{question}={escape_jinja(value)}")

    assert (run.status, run.err) == (0, "")
    code = (template.output / "odd/service/__init__.py").read_text("utf-8")
    name = ast.literal_eval(code.partition(" = ")[2])
    assert question != "project_name" or name == value
    assert not [path for path in template.all_paths() if "CANARY" in path]


def test_slug_is_derived_from_a_japanese_name(template: Template) -> None:
    run = template.render("setup=no", "project_name=日本語 Q&A")

    assert (run.status, [path.name for path in template.output.iterdir()]) == (0, ["ri-ben-yu-q-a"])


def test_existing_folder_is_not_changed_without_force(template: Template) -> None:
    template.project.mkdir()
    (template.project / "mine").write_text("mine", "utf-8")
    before = template.all_paths()

    run = template.render("setup=no")

    assert (run.status, template.all_paths()) == (1, before)


def path_with_python(template: Template) -> dict[str, str]:
    """Return a PATH on which `python` is the interpreter of these tests."""
    return {"PATH": f"{Path(sys.executable).parent}:{template.environment['PATH']}"}
