"""The hooks, as functions and as real runs in poor and hostile surroundings."""

import importlib.util
import io
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flask_qa_template.options import REPOSITORY
from tests.conftest import TOP_FOLDER, Template, make

PYPI = "https://pypi.org/simple"
LOCK = '[[package]]\nname = "flask"\nsource = {{ registry = "{index}" }}\n'
EMPTIED = ["service/forms", "tests/forms", "service/bootstrap", "tests/bootstrap"]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """Return the hook after generation as a module."""
    spec = importlib.util.spec_from_file_location("hook", REPOSITORY / "hooks/post_gen_project.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stub(template: Template) -> Callable[[str, str], Path]:
    """Put a shell script on the PATH of the template's environment."""

    def write(name: str, script: str) -> Path:
        path = Path(template.environment["PATH"]) / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        return path

    return write


def secrets_of(project: Path) -> list[str]:
    """Return the secrets of a project's `.env`."""
    lines = (project / ".env").read_text("utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if not line.startswith("APP_ENV")]


# The functions


def test_each_placeholder_gets_a_secret_of_its_own(hook: ModuleType) -> None:
    numbers = iter("12")

    text = hook.with_secrets("A=replace-me\nB=replace-me\nC=c\n", lambda: next(numbers))

    assert text == "A=1\nB=2\nC=c\n"


def test_folder_that_is_empty_without_its_files_goes(hook: ModuleType, tmp_path: Path) -> None:
    make(tmp_path / "a/b")
    for name in ("a/b/c", "a/d"):
        (tmp_path / name).touch()

    hook.take_away(tmp_path, ["a/b/c"])

    assert [path.name for path in (tmp_path / "a").iterdir()] == ["d"]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("a\nerror: no network\n\n", "error: no network"),
        ("warning\nERROR: one\nERROR: two\nhint\n", "ERROR: two"),
        ("a\nb\n", "b"),
        ("", "it gave no reason"),
    ],
)
def test_reason_is_the_line_that_tells_most(hook: ModuleType, output: str, line: str) -> None:
    assert hook.reason(io.BytesIO(output.encode())) == line


def test_command_that_hangs_is_ended_with_all_it_started(hook: ModuleType, tmp_path: Path) -> None:
    """Every outside step has a time limit."""
    script = f"(sleep 1; touch {tmp_path}/late) & sleep 60"
    began = time.monotonic()

    why = hook.run(["sh", "-c", script], 0.2)

    assert why == "it took longer than 0.2 s"
    assert time.monotonic() - began < 5
    time.sleep(1.2)
    assert not (tmp_path / "late").exists()


def test_command_that_lasts_shows_a_dot_each_second(
    hook: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    hook.run(["sleep", "1.3"], 5)

    assert capsys.readouterr().out == "."


def test_command_that_does_not_exist_is_named(hook: ModuleType) -> None:
    assert "no-such-command" in hook.run(["no-such-command"], 1)


def step(**changes: Any) -> dict[str, Any]:
    """Return a step that succeeds, with these changes."""
    return {
        "does": "Trying",
        "command": ["true"],
        "seconds": 5,
        "by_hand": ["try"],
        "by_hand_with_migrations": ["try less"],
        "folder": None,
        **changes,
    }


def test_step_after_a_failed_environment_is_not_tried(hook: ModuleType, tmp_path: Path) -> None:
    failing = step(command=["sh", "-c", f"mkdir {tmp_path}/.venv; exit 1"], folder=".venv")

    undone = hook.do([failing, step(command=["touch", str(tmp_path / "later")])], tmp_path)

    assert [one.why for one in undone] == ["it gave no reason", "it comes after that"]
    assert not (tmp_path / "later").exists()


def test_folder_left_half_made_is_removed(hook: ModuleType, tmp_path: Path) -> None:
    script = f"mkdir {tmp_path}/migrations; exit 1"

    hook.do([step(command=["sh", "-c", script], folder="migrations")], tmp_path)

    assert not (tmp_path / "migrations").exists()


def test_environment_without_its_packages_is_removed(hook: ModuleType, tmp_path: Path) -> None:
    """What one step made goes when the next one, which was to fill it, fails."""
    making = step(command=["mkdir", str(tmp_path / ".venv")], folder=".venv")

    hook.do([making, step(command=["false"], folder=".venv")], tmp_path)

    assert not (tmp_path / ".venv").exists()


def test_folder_that_was_there_before_stays(hook: ModuleType, tmp_path: Path) -> None:
    make(tmp_path / ".venv")

    hook.do([step(command=["false"], folder=".venv")], tmp_path)

    assert (tmp_path / ".venv").exists()


def test_complete_migration_stays_when_the_database_is_away(
    hook: ModuleType, tmp_path: Path
) -> None:
    versions = tmp_path / "migrations/versions"
    script = f"mkdir -p {versions}; touch {versions}/0001_initial.py; exit 1"

    (undone,) = hook.do([step(command=["sh", "-c", script], folder="migrations")], tmp_path)

    assert (versions.exists(), undone.by_hand) == (True, ["try less"])


@pytest.mark.parametrize(
    ("index", "stays"),
    [
        (PYPI, True),
        ("https://packages.example.com/pypi/simple", True),
        ("http://localhost:3141/root/pypi/+simple", False),
        ("http://127.0.0.1:8080/simple", False),
        ("http://[::1]:8080/simple", False),
        ("/opt/wheels", False),
        ("../wheels", False),
    ],
)
def test_lock_stays_where_others_can_install_from_it(
    hook: ModuleType, tmp_path: Path, index: str, *, stays: bool
) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text("".join(LOCK.format(index=one) for one in (index, PYPI)), "utf-8")

    undone = hook.withdraw_lock(lock)

    assert (lock.exists(), not undone) == (stays, stays)


def test_requirements_come_from_the_project(hook: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["flask>=3"]\n', "utf-8")

    asked = step(requirements=[["project", "dependencies"]])

    assert hook.requirements(asked, tmp_path) == ["flask>=3"]


def test_folder_to_type_is_quoted_for_the_shell(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PWD", str(tmp_path))

    assert hook.folder_to_type(tmp_path / "it's here") == "'it'\"'\"'s here'"


def test_hook_before_generation_prints_each_problem() -> None:
    """Rendered by whatever environment: ERROR lines on the standard error, and 1."""
    text = (REPOSITORY / "hooks/pre_gen_project.py").read_text("utf-8")
    rendered = text.replace("{{ cookiecutter | problems | tojson }}", '["a: b", "c: \\"d"]')

    done = subprocess.run(
        [sys.executable, "-c", rendered], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, 'ERROR: a: b\nERROR: c: "d\n')


@pytest.mark.parametrize("name", ["pre_gen_project.py", "post_gen_project.py"])
def test_hook_holds_one_expression(name: str) -> None:
    """Answers are data: one line takes them in, as JSON."""
    lines = (REPOSITORY / "hooks" / name).read_text("utf-8").splitlines()

    (line,) = [line for line in lines if re.search(r"{[{%#]", line)]
    assert re.search(r"r'''{{ cookiecutter \| \w+ \| tojson }}'''\)?  # fmt: skip$", line)


# Real runs


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest, stub: Callable[[str, str], Path]) -> str:
    """Make a world with a failing uv, or without one."""
    if request.param == "uv":
        stub("uv", "echo error: no network >&2; exit 2")
    return str(request.param)


def test_project_has_what_is_on_and_no_more(template: Template) -> None:
    run = template.render("setup=no", "forms=no", "bootstrap=no")

    assert (run.status, run.err) == (0, "")
    assert [path for path in EMPTIED if (template.project / path).exists()] == []
    assert "flask-wtf" not in (template.project / "pyproject.toml").read_text("utf-8")


def test_path_that_does_not_exist_is_an_error(template: Template) -> None:
    shutil.rmtree(template.path / TOP_FOLDER / "tests/forms")

    run = template.render("setup=no", "forms=no")

    assert (run.status, template.project.exists()) == (1, False)
    assert "ERROR: options.json names what is not there: tests/forms" in run.err


def test_mistake_in_a_mark_leaves_no_half_made_project(template: Template) -> None:
    """Row R1.04: a rendering error."""
    (template.path / TOP_FOLDER / "README.md").write_text("<!-- [template] if x -->\n", "utf-8")

    run = template.render("setup=no")

    assert (run.status, template.project.exists()) == (1, False)
    assert "README.md, line 1: 'x' is no word" in run.out


def test_env_holds_fresh_secrets_for_its_owner(template: Template) -> None:
    """Rows R1.06 and J03: 384 bits each, distinct, mode 0600, in no other file."""
    template.render("setup=no")
    first = secrets_of(template.project)
    mode = stat.S_IMODE((template.project / ".env").stat().st_mode)
    elsewhere = [
        path
        for path in template.output.parent.parent.rglob("*")
        if path.is_file() and path.name != ".env" and first[0].encode() in path.read_bytes()
    ]
    shutil.rmtree(template.project)
    template.render("setup=no")

    assert (mode, [len(secret) for secret in first], elsewhere) == (0o600, [96, 96], [])
    assert len({*first, *secrets_of(template.project)}) == 4


def test_second_generation_keeps_what_the_user_has(template: Template) -> None:
    """Rows R1.05 and G42: `.env` byte for byte, and the user's own files in an option's folder."""
    template.render("setup=no")
    kept = {".env": "SECRET_KEY=mine\n", "service/forms/mine.py": "mine\n", "notes": "mine\n"}
    for name, text in kept.items():
        (template.project / name).write_text(text, "utf-8")

    run = template.render("setup=no", "forms=no", "-f")

    assert run.status == 0
    assert {name: (template.project / name).read_text("utf-8") for name in kept} == kept
    assert not (template.project / "service/forms/__init__.py").exists()


def test_poor_machine_gets_a_project_and_the_commands(template: Template, installer: str) -> None:
    """Rows R1.04, Z49 and Z50: no git, no make, no network; uv fails, or there is none."""
    run = template.render("setup=yes", PIP_NO_INDEX="1")

    assert (run.status, run.err) == (0, "")
    assert "Not done: " in run.out
    assert "  .venv/bin/flask --app service db upgrade\n" in run.out
    assert re.search(r"^  \S*uv sync", run.out, re.MULTILINE), "This makes the lock as well."
    assert not (template.project / ".venv").exists()
    assert (template.project / ".env").exists(), installer


@pytest.fixture
def local_index(stub: Callable[[str, str], Path]) -> str:
    """Make a uv that knows no index but one of this machine."""
    index = "http://localhost:3141/simple"
    stub("uv", f"case $1 in sync) echo 'registry = \"{index}\"' > uv.lock; esac")
    return index


def test_lock_of_an_index_that_nobody_else_has_is_not_left(
    template: Template, local_index: str
) -> None:
    run = template.render("setup=yes")

    assert (run.status, (template.project / "uv.lock").exists()) == (0, False)
    assert f"uv takes packages from {local_index}, which nobody else has" in run.out
    assert f"  uv lock --default-index {PYPI}\n" in run.out


@pytest.mark.usefixtures("local_index")
def test_lock_that_a_user_has_is_not_judged(template: Template) -> None:
    """It is safe to generate again over a project whose team shares a machine's index."""
    template.render("setup=no")
    (template.project / "uv.lock").touch()

    run = template.render("setup=yes", "-f")

    assert (run.status, (template.project / "uv.lock").exists()) == (0, True)


def test_home_that_cannot_be_written_is_enough(
    template: Template, stub: Callable[[str, str], Path]
) -> None:
    """Cookiecutter keeps its replay elsewhere then, and uv is told to keep no cache."""
    stub("uv", 'echo "error: $*"; exit 1')
    config = template.output.parent / "config.yaml"
    config.write_text(f"replay_dir: {template.output.parent / 'replay'}\n", "utf-8")

    run = template.render("--config-file", str(config), HOME="/proc/none")

    assert (run.status, run.err) == (0, "")
    assert "error: --no-cache venv" in run.out


def test_no_network_is_needed(template: Template) -> None:
    """Row Z48: rendering works in a network namespace that has none."""
    unshare = shutil.which("unshare")
    command = [unshare or "unshare", "-rn"]
    if not unshare or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("this machine does not let us take the network away")
    began = time.monotonic()

    cookiecutter = [sys.executable, "-m", "cookiecutter", str(template.path), "--no-input"]
    run = template.run([*command, *cookiecutter, "-o", str(template.output)])

    assert (run.status, time.monotonic() - began < 30) == (0, True)
    assert "Not done: Installing what the service needs" in run.out


def test_hanging_tool_is_ended(template: Template, stub: Callable[[str, str], Path]) -> None:
    """It never hangs: the limit is made small here."""
    plan = template.path / "flask_qa_template/plan.py"
    plan.write_text(plan.read_text("utf-8").replace("SECONDS = 300", "SECONDS = 1"), "utf-8")
    stub("uv", "sleep 60")

    run = template.render("setup=yes")

    assert run.status == 0
    assert "Not done: Making .venv (it took longer than 1 s)." in run.out


def test_project_stays_when_nobody_listens_any_more(template: Template) -> None:
    """Where a hook fails, cookiecutter deletes the project: `| head` must not be a failure."""
    command = f"{sys.executable} -m cookiecutter {template.path} --no-input -o {template.output}"

    template.run(["sh", "-c", f"{command} setup=no | true"])

    assert len(secrets_of(template.project)) == 2


def test_ctrl_c_names_what_is_not_done(
    template: Template, stub: Callable[[str, str], Path]
) -> None:
    """Ctrl-C ends the child, removes what is half-made, and names the commands to finish."""
    marker = template.output / "pid"
    stub("uv", f"mkdir -p .venv; echo $$ > {marker}; sleep 60")
    (Path(template.environment["PATH"]) / "mkdir").symlink_to(shutil.which("mkdir") or "mkdir")
    command = [sys.executable, "-m", "cookiecutter", str(template.path), "--no-input"]
    with subprocess.Popen(
        [*command, "-o", str(template.output)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=template.output,
        env=dict(template.environment),
        start_new_session=True,
    ) as process:
        wait_for(lambda: marker.exists() and bool(marker.read_text("utf-8")))
        os.killpg(process.pid, signal.SIGINT)
        out, _err = process.communicate(timeout=20)

    assert "Not done: Making .venv (you stopped it)." in out
    assert "  uv sync\n" in out
    assert not (template.project / ".venv").exists()
    wait_for(lambda: not Path(f"/proc/{marker.read_text('utf-8').strip()}").exists())


def test_second_generation_into_the_same_folder_is_refused(template: Template) -> None:
    """Row G46: of two at once, the one that comes second changes nothing."""
    command = [sys.executable, "-m", "cookiecutter", str(template.path), "--no-input"]
    with subprocess.Popen(
        [*command, "-o", str(template.output), "setup=no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=template.output,
        env=dict(template.environment),
    ) as first:
        wait_for(template.project.exists)
        second = template.render("setup=no", "description=second")

    assert (first.returncode, second.status) == (0, 1)
    assert "second" not in (template.project / "README.md").read_text("utf-8")
    assert len(secrets_of(template.project)) == 2


def test_odd_output_folder_is_no_problem(template: Template) -> None:
    """Row G44."""
    output = make(template.output / 'it\'s a "folder" & 폴더')

    run = template.render("setup=no", "-o", str(output))

    assert (run.status, (output / "question-board/.env").exists()) == (0, True)


def test_update_tool_gets_nothing_random(template: Template) -> None:
    """What cruft renders to compare has no secrets, no environment and no migrations."""
    program = f"""
from pathlib import Path
from tempfile import TemporaryDirectory
from cookiecutter.generate import generate_files
from cruft._commands.utils.cookiecutter import generate_cookiecutter_context
import sys
sys.path.append({str(template.path)!r})
context = generate_cookiecutter_context(
    "t", "c", Path({str(template.path)!r}), default_config=True,
    extra_context={{"setup": True, "forms": False}}, no_input=True)
with TemporaryDirectory() as folder:
    project = Path(generate_files(repo_dir={str(template.path)!r}, context=context,
        overwrite_if_exists=True, output_dir=folder))
    print(sorted(path.name for path in project.iterdir()))
"""
    names = sorted(path.name for path in (template.path / TOP_FOLDER).iterdir())

    # Cruft itself does not start without git.
    run = template.run([sys.executable, "-c", program], PATH=os.environ["PATH"])

    assert (run.err, run.out.splitlines()) == ("", [str(names)])


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
