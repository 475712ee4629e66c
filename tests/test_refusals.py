"""Bad answers are refused before anything is written (SECURITY R1.01, R1.03 and the G-cases)."""

import ast
import json
import sys
from pathlib import Path

import pytest

from flask_qa_template.options import questions
from tests.conftest import Template

HOSTILE = "{{ cycler.__init__.__globals__.os.popen('touch CANARY').read() }}"


def raw(value: str) -> str:
    """Return an answer that cookiecutter takes as data under `--no-input`."""
    return "{% raw %}" + value + "{% endraw %}"


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        pytest.param(
            "G02", 'project_name=x"\nimport os; os.system("touch CANARY")#', id="line break"
        ),
        pytest.param("G09", "project_slug=../x/y/z", id="parent folder"),
        pytest.param("G11", "project_slug=/tmp/flask-qa-absolute", id="absolute path"),
        pytest.param("G14", "project_slug=a\nb", id="line break in slug"),
        pytest.param("G14", "project_slug=a\tb", id="tab in slug"),
        pytest.param("G14", "project_slug=a\x1bb", id="escape in slug"),
        pytest.param("G15", "project_slug=", id="empty slug"),
        pytest.param("G15", "project_slug=.", id="dot"),
        pytest.param("G15", "project_slug=..", id="two dots"),
        pytest.param("G15", "project_slug=   ", id="only spaces"),
        pytest.param("G16", "project_slug=" + "a" * 51, id="51 characters"),
        pytest.param("G16", "project_slug=" + "a" * 300, id="300 characters"),
        pytest.param("G17", "project_slug=-rf", id="an option"),
        pytest.param("G17", "project_slug=--help", id="a long option"),
        pytest.param("G17", "project_slug=a-", id="hyphen at the end"),
        pytest.param("G17", "project_slug=a--b", id="two hyphens"),
        pytest.param("G18", "project_slug=1app", id="digit first"),
        pytest.param("G18", "project_slug=2048", id="number"),
        pytest.param("G21", "project_slug=logging", id="module of Python"),
        pytest.param("G22", "project_slug=flask-wtf", id="dependency"),
        pytest.param("G22", "project_slug=flask-sqlalchemy", id="dependency in capitals"),
        pytest.param("G26", "project_slug=con", id="device of Windows"),
        pytest.param("G26", "project_slug=com1", id="numbered device of Windows"),
        pytest.param("G26", "project_slug=prn.", id="device with a dot"),
        pytest.param("G27", "project_slug=naïve", id="accent"),
        pytest.param("G27", "project_slug=\u0430pp", id="Cyrillic letter"),
        pytest.param("G27", "project_slug=\uff41\uff50\uff50", id="full-width letters"),
        pytest.param("G27", "project_slug=ﬁle", id="ligature"),
        pytest.param("G28", "project_name=🦄", id="name without letters"),
        pytest.param("G31", "project_name=\udcff\udcfe", id="bytes that are no text"),
        pytest.param("G33", "author=x", id="author without e-mail"),
        pytest.param("G33", 'author=A <a@b">', id="quote in the e-mail"),
        pytest.param("G33", "author=A <a@b\nc>", id="line break in the e-mail"),
        pytest.param("R1.01", "description=" + "x" * 121, id="121 characters"),
        pytest.param("R1.01", "description=a\u202eb", id="direction override"),
        pytest.param("R1.01", "description=a\u200bb", id="zero-width space"),
        pytest.param("R1.01", "__author_name=Somebody else", id="private variable"),
    ],
)
def test_bad_answer_leaves_nothing_behind(template: Template, row: str, answer: str) -> None:
    """Rows G02 to G33 and R1.01: exit 1, ERROR lines, no traceback, no file."""
    before = template.everything_made()

    run = template.render("setup=no", answer)

    lines = run.err.splitlines()
    assert (run.status, template.everything_made()) == (1, before), row
    assert lines, row
    assert all(line.startswith("ERROR: ") for line in lines), run.err
    assert answer.partition("=")[0] in {line.split(": ")[1] for line in lines}


def test_every_bad_answer_is_named_at_once(template: Template) -> None:
    """Row R1.01: one line for each bad answer, all of them in one run."""
    run = template.render("project_name=!", "project_slug=A", "description=", "author=x")

    questions = [line.split(": ")[1] for line in run.err.splitlines()]
    assert questions == ["project_name", "project_slug", "description", "author"]


@pytest.mark.parametrize("answer", ["database=oracle", "forms=maybe", "forms=", "license=GPL"])
def test_answer_that_is_no_choice_leaves_nothing_behind(template: Template, answer: str) -> None:
    """Rows G37 and G38, where cookiecutter itself refuses."""
    before = template.everything_made()

    run = template.render(answer)

    assert (run.status, template.everything_made()) == (1, before)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        pytest.param("project_slug", HOSTILE, id="code (G08)"),
        pytest.param("project_slug", "../x/y/z", id="parent folder (G09)"),
        pytest.param("project_slug", "a" * 300, id="300 characters (G16)"),
        pytest.param("project_name", "\udcff", id="bytes that are no text (G31)"),
        pytest.param("database", "oracle", id="no choice (G37)"),
        pytest.param("forms", "maybe", id="no boolean (G38)"),
    ],
)
def test_replayed_answers_are_refused_too(template: Template, question: str, value: str) -> None:
    """Rows R1.03 and V3: answers that were never asked are looked at when the folder is named."""
    assert template.render("setup=no").status == 0
    replay = next(Path(template.environment["HOME"]).rglob("template.json"))
    answers = json.loads(replay.read_text("utf-8"))
    answers["cookiecutter"][question] = value
    file = template.path / "replay.json"
    file.write_text(json.dumps(answers), "utf-8")
    before = template.everything_made()

    command = ["python", "-m", "cookiecutter", str(template.path), "-o", str(template.output)]
    run = template.run([*command, "--replay-file", str(file)], **with_python(template))

    assert (run.status, template.everything_made()) == (1, before)
    assert run.err.startswith(f"ERROR: {question}: ")
    assert "Traceback" not in run.err


def test_code_typed_as_slug_does_not_run(template: Template) -> None:
    """Row G08: typed answers are rendered a second time by cookiecutter itself."""
    before = template.everything_made()
    command = ["python", "-m", "cookiecutter", str(template.path), "-o", str(template.output)]

    typed = "\n".join(["", HOSTILE, *[""] * len(questions())])
    run = template.run(command, typed, **with_python(template))

    assert (run.status, template.everything_made()) == (1, before)
    assert "ERROR: project_slug: " in run.err


@pytest.mark.parametrize(
    ("question", "value"),
    [
        pytest.param("project_name", 'Bob"s Q&A', id="quote (G01)"),
        pytest.param("description", "C:\\x\\", id="backslash at the end (G04)"),
        pytest.param("project_name", "a $(touch CANARY) `touch CANARY` ${HOME}", id="shell (G06)"),
        pytest.param("project_name", "a {{ 7*7 }} {% if %}", id="braces (G07)"),
        pytest.param("project_name", "日本語 Q&A", id="Japanese (G28)"),
        pytest.param("project_name", "<script>alert(1)</script>", id="script (G32)"),
        pytest.param("description", "질문 게시판 😀", id="Hangul and emoji"),
    ],
)
def test_odd_answer_arrives_as_it_is(template: Template, question: str, value: str) -> None:
    """Rows G01, G04, G06, G07, G28 and G32: accepted, and nothing is executed."""
    run = template.render("setup=no", "project_slug=odd", f"{question}={raw(value)}")

    assert (run.status, run.err) == (0, "")
    code = (template.output / "odd/service/__init__.py").read_text("utf-8")
    name = ast.literal_eval(code.partition(" = ")[2])
    assert question != "project_name" or name == value
    assert not [path for path in template.everything_made() if "CANARY" in path]


def test_slug_is_derived_from_a_japanese_name(template: Template) -> None:
    """Row G28."""
    run = template.render("setup=no", "project_name=日本語 Q&A")

    assert (run.status, [path.name for path in template.output.iterdir()]) == (0, ["ri-ben-yu-q-a"])


def test_existing_folder_stays_as_it_is(template: Template) -> None:
    """Row G41: without `-f`, nothing in it is touched."""
    template.project.mkdir()
    (template.project / "mine").write_text("mine", "utf-8")
    before = template.everything_made()

    run = template.render("setup=no")

    assert (run.status, template.everything_made()) == (1, before)


def with_python(template: Template) -> dict[str, str]:
    """Return a PATH on which `python` is the interpreter of these tests."""
    return {"PATH": f"{Path(sys.executable).parent}:{template.environment['PATH']}"}
