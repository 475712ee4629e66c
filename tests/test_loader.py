"""A rendering uses the code of its own template, in any process and any folder."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import CommandResult, Template

# Renders the template, changes its extension and its hook as an update does, and renders it again.
UPDATE = """
import json, sys
from pathlib import Path
from cookiecutter.generate import generate_files

template = Path(sys.argv[1])
sys.path.append(str(template))
context = json.loads((template / "cookiecutter.json").read_text())
answers = {key: one[0] if isinstance(one, list) else one for key, one in context.items()}
answers |= {"project_slug": "a", "__author_name": "Your Name", "__author_email": "you@example.com"}
answers |= {"_extensions": context["_extensions"], "setup": False, "forms": False}
for folder, key in (("old", "plan"), ("new", "steps_of_the_new_version")):
    for name in ("flask_qa_template/extension.py", "hooks/post_gen_project.py"):
        path = template / name
        text = path.read_text().replace('"plan": ', f'"{key}": ').replace("| plan |", f"| {key} |")
        path.write_text(text)
    generate_files(str(template), {"cookiecutter": dict(answers)}, sys.argv[2] + "/" + folder)
"""


@pytest.fixture
def other_clone(template: Template) -> Path:
    """Return another clone of the template, whose extension cannot be used."""
    path = template.path.parent / "other"
    shutil.copytree(template.path, path)
    (path / "flask_qa_template/extension.py").write_text(
        "raise SystemExit('other clone')\n", "utf-8"
    )
    return path


def render_in(folder: Path, template: Template, name: str, **environment: str) -> CommandResult:
    """Run `python -m cookiecutter` in a folder, with `name` as the template."""
    command = [sys.executable, "-m", "cookiecutter", name, "--no-input", "setup=no", "forms=no"]
    start = ["sh", "-c", 'cd "$0" && exec "$@"', str(folder)]
    return template.run([*start, *command, "-o", str(template.output)], **environment)


def test_two_versions_are_rendered_in_one_process(template: Template) -> None:
    run = template.run([sys.executable, "-c", UPDATE, str(template.path), str(template.output)])

    assert (run.status, run.err) == (0, "")
    old, new = (
        sorted(
            path.relative_to(template.output / name) for path in (template.output / name).rglob("*")
        )
        for name in ("old", "new")
    )
    assert Path("a/service/__init__.py") in old
    assert old == new


@pytest.mark.parametrize("name", ["absolute", "../template", "template"])
def test_template_is_rendered_with_its_own_code_in_another_clone(
    template: Template, other_clone: Path, name: str
) -> None:
    if name == "template":
        shutil.copytree(template.path, other_clone / name)

    run = render_in(other_clone, template, str(template.path) if name == "absolute" else name)

    assert (run.status, run.err) == (0, "")
    assert (template.project / ".env").exists()
    assert not (template.project / "service/forms").exists()


def test_template_is_rendered_with_its_own_code_if_another_is_on_the_path(
    template: Template, other_clone: Path
) -> None:
    run = render_in(template.output, template, str(template.path), PYTHONPATH=str(other_clone))

    assert (run.status, run.err) == (0, "")


def test_rendering_writes_no_bytecode_that_another_version_could_read(template: Template) -> None:
    template.render("setup=no")

    cached = [path.stem.partition(".")[0] for path in template.path.rglob("*.pyc")]
    assert set(cached) <= {"__init__", "loader", "requires_cookiecutter_2_7"}
