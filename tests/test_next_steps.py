"""The commands that a generation names complete the steps that failed or were skipped."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from flask_qa_template.options import REPOSITORY, default_answers, excluded_files
from flask_qa_template.plan import INDEX_VARIABLE
from tests.conftest import CommandResult, Template, make_folder

DOCTOR = "flask --app service doctor"
PYTEST = ".venv/bin/pytest --version"
NO_NETWORK = {"UV_OFFLINE": "1", "UV_NO_CACHE": "1", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """Return the environment of this shell without the virtual environment of the tests."""
    names = {"VIRTUAL_ENV", "PIP_NO_INDEX", "DATABASE_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    cache = subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True)
    return {
        **environment,
        "HOME": str(make_folder(tmp_path / "home")),
        "UV_CACHE_DIR": cache.stdout.strip(),
    }


def without_uv(folder: Path, path: str) -> dict[str, str]:
    """Return a PATH without uv: a folder of links to the programs of the given PATH."""
    for name in ("env", "flask", "ls", "mv", "python3", "sh"):
        (folder / name).symlink_to(Path(shutil.which(name, path=path) or name).absolute())
    return {"PATH": str(folder)}


def without_flask(out: str) -> str:
    """Return the output without the commands of Flask: the small template has no application."""
    return "".join(
        line for line in out.splitlines(True) if not line.startswith("  .venv/bin/flask")
    )


def run_next_steps(
    out: str, folder: Path, environment: Mapping[str, str], *commands: str
) -> CommandResult:
    """Type the commands of the section "Next steps" except `make`, and further ones."""
    section = out.partition("Next steps:\n")[2].partition("\n\n")[0]
    named = [line.strip() for line in section.splitlines() if not line.startswith("  make ")]
    done = subprocess.run(
        ["sh", "-exc", "\n".join([*named, *commands])],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def render(
    template: Path, output: Path, environment: Mapping[str, str], *arguments: str
) -> CommandResult:
    """Render a project into a folder."""
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input", *arguments]
    done = subprocess.run(
        command,
        cwd=output,
        env={**environment, "PWD": str(output)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return CommandResult(done.returncode, done.stdout, done.stderr)


def test_after_uv_had_no_network(shell: dict[str, str], tmp_path: Path) -> None:
    output = make_folder(tmp_path / "output")

    run = render(REPOSITORY, output, {**shell, **NO_NETWORK})

    assert "because the network was disabled" in run.out or "not found in the cache" in run.out
    done = run_next_steps(run.out, output, shell, f".venv/bin/{DOCTOR}")
    assert done.status == 0, done.out + done.err


def test_after_pip_had_no_network(
    template: Template, shell: dict[str, str], tmp_path: Path
) -> None:
    no_uv = without_uv(make_folder(tmp_path / "programs"), shell["PATH"])

    run = render(template.path, template.output, {**shell, **no_uv, **NO_NETWORK})

    assert "ERROR: No matching distribution found" in run.out
    done = run_next_steps(without_flask(run.out), template.output, {**shell, **no_uv}, PYTEST)
    assert done.status == 0, done.out + done.err


@pytest.mark.parametrize("has_uv", [True, False])
def test_after_setup_was_off(shell: dict[str, str], tmp_path: Path, *, has_uv: bool) -> None:
    output = make_folder(tmp_path / "output")
    if not has_uv:
        shell |= without_uv(make_folder(tmp_path / "programs"), shell["PATH"])

    run = render(REPOSITORY, output, shell, "setup=no")

    done = run_next_steps(run.out, output, shell, DOCTOR)
    assert done.status == 0, done.out + done.err
    assert (output / "question-board/uv.lock").exists()


@pytest.mark.parametrize("has_uv", [True, False])
def test_after_another_folder_was_in_the_way(
    template: Template, shell: dict[str, str], tmp_path: Path, *, has_uv: bool
) -> None:
    if not has_uv:
        shell |= without_uv(make_folder(tmp_path / "programs"), shell["PATH"])
    (make_folder(template.project / ".venv") / "bin").symlink_to("/nowhere")

    run = render(template.path, template.output, shell, "-f")

    assert "Not completed: Creating .venv (" in run.out
    done = run_next_steps(without_flask(run.out), template.output, shell, PYTEST)
    assert done.status == 0, done.out + done.err


def test_after_an_index_was_in_the_shell(template: Template, shell: dict[str, str]) -> None:
    names = [name for name in shell if INDEX_VARIABLE.fullmatch(name)]
    index = {} if names else {"UV_FIND_LINKS": str(template.output)}

    run = render(template.path, template.output, {**shell, **index})

    assert f"{(names or [*index])[0]} would decide the index in uv.lock" in run.out
    assert list(template.project.glob(".venv/lib/*/site-packages/pytest"))
    assert not (template.project / "uv.lock").exists()
    environment = {**shell, **index}
    done = run_next_steps(without_flask(run.out), template.output, environment, "ls uv.lock")
    assert done.status == 0, done.out + done.err


def test_readme_completes_a_project_without_hooks(shell: dict[str, str], tmp_path: Path) -> None:
    output = make_folder(tmp_path / "output")

    render(REPOSITORY, output, shell, "--accept-hooks", "no", "forms=no")

    project = output / "question-board"
    excluded = excluded_files({**default_answers(), "forms": False})
    sentence = (project / "README.md").read_text("utf-8").partition("without hooks")[2]
    commands = re.findall("`(flask [^`]+)`", sentence.replace("\n", " "))[:2]
    done = run_next_steps("", project, shell, "make .env", *commands, "make upgrade", DOCTOR)
    assert done.status == 0, done.out + done.err
    assert [path for path in excluded if (project / path).exists()] == []
