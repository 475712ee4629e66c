"""The hooks: their functions, and whole generations without tools, network or permissions."""

import importlib.util
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flask_qa_template.options import REPOSITORY, questions
from tests.conftest import SMALL_SOURCE_TREE, TOP_FOLDER, Template, make_folder
from tests.servers import LIMIT_SECONDS, wait_until

FORMS_AND_BOOTSTRAP = ["service/forms", "tests/forms", "service/bootstrap", "tests/bootstrap"]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """Return the post-generation hook as a module."""
    spec = importlib.util.spec_from_file_location("hook", REPOSITORY / "hooks/post_gen_project.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def write_script(template: Template) -> Callable[[str, str], Path]:
    """Return a function that writes a shell script to the PATH of the template's environment."""

    def write(name: str, script: str) -> Path:
        path = Path(template.environment["PATH"]) / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        return path

    return write


def read_secrets(project: Path) -> list[str]:
    """Return the secrets in the `.env` of a project."""
    lines = (project / ".env").read_text("utf-8").splitlines()
    return [line.partition("=")[2] for line in lines if not line.startswith("APP_ENV")]


# Functions


def test_each_placeholder_is_replaced_by_another_secret(hook: ModuleType) -> None:
    text = hook.fill_placeholders("A=replace-me\nB=replace-me\nC=c\n")

    first, second = re.findall(r"^[AB]=([0-9a-f]{96})$", text, re.MULTILINE)
    assert first != second
    assert text == f"A={first}\nB={second}\nC=c\n"


def test_empty_folders_of_excluded_files_are_removed(hook: ModuleType, tmp_path: Path) -> None:
    make_folder(tmp_path / "a/b/c")
    (tmp_path / "a/d").touch()

    hook.remove_empty_folders(tmp_path, ["a/b/c/e", "a/f"])

    assert [path.name for path in (tmp_path / "a").iterdir()] == ["d"]


def test_empty_folder_behind_a_symbolic_link_is_kept(hook: ModuleType, tmp_path: Path) -> None:
    elsewhere = make_folder(tmp_path / "elsewhere/b")
    project = make_folder(tmp_path / "project")
    (project / "a").symlink_to(tmp_path / "elsewhere")

    hook.remove_empty_folders(project, ["a/b/c"])

    assert elsewhere.exists()


@pytest.mark.parametrize(
    ("output", "line"),
    [
        pytest.param(
            "Creating virtual environment at: .venv\nerror: Failed to create virtual environment\n"
            "  cause: A directory already exists at: .venv\n\nhint: Use `--clear`\n",
            "error: Failed to create virtual environment: A directory already exists at: .venv",
            id="uv 0.13",
        ),
        pytest.param(
            "error: Request failed after 3 retries\n  Caused by: Failed to fetch: https://a.example\n"
            "  Caused by: tcp connect error\n  Caused by: Connection refused (os error 111)\n",
            "error: Request failed after 3 retries: Connection refused (os error 111)",
            id="uv 0.9, several causes",
        ),
        pytest.param(
            "  \N{MULTIPLICATION SIGN} No solution found\n  ╰─▶ Because a was not found\n",
            "\N{MULTIPLICATION SIGN} No solution found: Because a was not found",
            id="uv 0.9, resolution",
        ),
        pytest.param(
            "warning: no certificates\n  cause: not a file\nerror: no space left\n",
            "error: no space left",
            id="cause of a warning",
        ),
        pytest.param(
            "WARNING: Retrying after connection broken by 'ProxyError('no proxy')': /simple/a/\n"
            "ERROR: Could not find a version\nERROR: No matching distribution found for a\n",
            "ERROR: No matching distribution found for a: ProxyError('no proxy')",
            id="pip",
        ),
        pytest.param(
            "The virtual environment was not created because ensurepip is not\navailable.\n\n"
            "    apt install python3-venv\n\nFailing command: python3\n",
            "The virtual environment was not created because ensurepip is not available. "
            "apt install python3-venv Failing command: python3",
            id="venv",
        ),
        pytest.param(
            "INFO no error\nOperationalError: (2003, 'connection refused')\n",
            "OperationalError: (2003, 'connection refused')",
            id="database",
        ),
        pytest.param("", "no error message", id="no output"),
    ],
)
def test_error_line_says_why(hook: ModuleType, output: str, line: str) -> None:
    assert hook.error_line(output) == line


def test_hanging_command_is_killed_with_its_children(hook: ModuleType, tmp_path: Path) -> None:
    script = f"sleep 1000 & echo $! > {tmp_path}/child; sleep 1000"

    error = hook.run(["sh", "-c", script], 3)

    assert error == "timed out after 3 s"
    wait_until(lambda: has_ended(tmp_path / "child"))


def test_running_command_prints_dots(hook: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    hook.run(["sleep", "1.3"], 60)

    assert re.fullmatch(r"\.+", capsys.readouterr().out)


def test_missing_command_is_reported(hook: ModuleType) -> None:
    assert "no-such-command" in hook.run(["no-such-command"], 60)


def step(**changes: Any) -> dict[str, Any]:
    """Return a step that succeeds, with these changes."""
    return {
        "title": "Trying",
        "command": ["true"],
        "timeout": 60,
        "manual_commands": ["try"],
        "manual_commands_with_migration": ["try less"],
        "folder": None,
        **changes,
    }


def test_step_after_a_failed_environment_is_skipped(hook: ModuleType, tmp_path: Path) -> None:
    failing = step(command=["sh", "-c", f"mkdir {tmp_path}/.venv; exit 1"], folder=".venv")

    later = step(command=["touch", str(tmp_path / "later")])
    incomplete = hook.run_steps([failing, later], tmp_path)

    reasons = [one.reason for one in incomplete]
    assert reasons == ["no error message", "requires the previous step"]
    assert not (tmp_path / "later").exists()


def test_incomplete_folder_is_removed(hook: ModuleType, tmp_path: Path) -> None:
    script = f"mkdir {tmp_path}/migrations; exit 1"

    hook.run_steps([step(command=["sh", "-c", script], folder="migrations")], tmp_path)

    assert not (tmp_path / "migrations").exists()


def test_environment_is_removed_if_installing_fails(hook: ModuleType, tmp_path: Path) -> None:
    making = step(command=["mkdir", str(tmp_path / ".venv")], folder=".venv")

    hook.run_steps([making, step(command=["false"], folder=".venv")], tmp_path)

    assert not (tmp_path / ".venv").exists()


def test_existing_folder_is_kept_if_a_step_fails(hook: ModuleType, tmp_path: Path) -> None:
    make_folder(tmp_path / ".venv")

    hook.run_steps([step(command=["false"], folder=".venv")], tmp_path)

    assert (tmp_path / ".venv").exists()


def test_migration_is_kept_if_the_database_is_unreachable(hook: ModuleType, tmp_path: Path) -> None:
    versions = tmp_path / "migrations/versions"
    script = f"mkdir -p {versions}; touch {versions}/0001_initial.py; exit 1"

    (incomplete,) = hook.run_steps(
        [step(command=["sh", "-c", script], folder="migrations")], tmp_path
    )

    assert (versions.exists(), incomplete.manual_commands) == (True, ["try less"])


def test_step_is_skipped_only_if_what_it_creates_works(hook: ModuleType, tmp_path: Path) -> None:
    works = step(unless_succeeds=["true"], command=["touch", str(tmp_path / "works")])
    broken = step(unless_succeeds=["/none"], command=["touch", str(tmp_path / "broken")])

    hook.run_steps([works, broken], tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["broken"]


def test_second_signal_is_ignored() -> None:
    program = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import post_gen_project as hook
hook.catch_signals()
try:
    os.kill(os.getpid(), signal.SIGHUP)
except KeyboardInterrupt:
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)
"""

    done = subprocess.run([sys.executable, "-c", program, REPOSITORY / "hooks"], check=False)

    assert done.returncode == 0


def test_requirements_are_read_from_the_project(hook: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["flask>=3"]\n', "utf-8")

    install = step(requirements=[["project", "dependencies"]])

    assert hook.requirements(install, tmp_path) == ["flask>=3"]


def test_project_path_is_quoted_for_the_shell(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PWD", str(tmp_path))

    assert hook.shell_path(tmp_path / "it's here") == "'it'\"'\"'s here'"


def test_environment_in_the_way_is_renamed_by_hand(hook: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to("nowhere")

    assert hook.manual_commands(step(folder=".venv"), tmp_path) == ["mv .venv old.venv", "try"]


def test_no_command_is_suggested_for_a_refused_step(hook: ModuleType, tmp_path: Path) -> None:
    refused = step(command=["sh", "-c", "echo 'Refused: not yours'; exit 1"])

    (incomplete,) = hook.run_steps([refused], tmp_path)

    assert (incomplete.reason, incomplete.manual_commands) == ("Refused: not yours", [])


@pytest.mark.parametrize(
    ("command", "flask"),
    [(".venv/bin/flask", ".venv/bin/flask"), ("/elsewhere/.venv/bin/uv lock", "flask")],
)
def test_programs_of_the_environment_are_named_if_a_command_creates_it(
    hook: ModuleType, tmp_path: Path, command: str, flask: str
) -> None:
    steps = hook.next_steps(tmp_path, [hook.IncompleteStep("Trying", "skipped", [command])], [])

    assert f"make run     # or: {flask} --app service --debug run" in steps


def test_pre_generation_hook_prints_all_errors() -> None:
    text = (REPOSITORY / "hooks/pre_gen_project.py").read_text("utf-8")
    rendered = text.replace("{{ cookiecutter | answer_errors | tojson }}", '["a: b", "c: \\"d"]')

    done = subprocess.run(
        [sys.executable, "-c", rendered], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, 'ERROR: a: b\nERROR: c: "d\n')


@pytest.mark.parametrize("name", ["pre_gen_project.py", "post_gen_project.py"])
def test_hook_contains_one_jinja_expression(name: str) -> None:
    lines = (REPOSITORY / "hooks" / name).read_text("utf-8").splitlines()

    (line,) = [line for line in lines if re.search(r"{[{%#]", line)]
    assert re.search(r"r'''{{ cookiecutter \| \w+ \| tojson }}'''\)?  # fmt: skip$", line)


# Whole generations


@pytest.fixture(params=["uv", "pip"])
def installer(request: pytest.FixtureRequest, write_script: Callable[[str, str], Path]) -> str:
    """Return the installer: a uv that fails, or pip because there is no uv."""
    if request.param == "uv":
        write_script("uv", "echo error: no network >&2; exit 2")
    return str(request.param)


def test_files_and_lines_of_options_that_are_off_are_removed(template: Template) -> None:
    run = template.render("setup=no", "forms=no", "bootstrap=no")

    assert (run.status, run.err) == (0, "")
    assert [path for path in FORMS_AND_BOOTSTRAP if (template.project / path).exists()] == []
    assert "flask-wtf" not in (template.project / "pyproject.toml").read_text("utf-8")


def test_rendered_files_have_lf_whatever_the_template_has(template: Template) -> None:
    names = ["README.md", "service/__init__.py"]
    for name in names:
        file = template.path / TOP_FOLDER / name
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))

    template.render("setup=no")

    rendered = [(template.project / name).read_bytes() for name in names]
    assert [(content.count(b"\n"), content.count(b"\r")) for content in rendered] == [
        (3, 0),
        (1, 0),
    ]


def test_files_that_git_ignores_are_not_copied_into_a_project(template: Template) -> None:
    ignored = [
        ".env",
        ".idea/workspace.xml",
        ".venv/bin/activate",
        "instance/board.db",
        "migrations/versions/0001_initial.py",
        "service/.forms.py.swp",
        "service/__pycache__/forms.cpython-311.pyc",
        "uv.lock",
    ]
    for name in ignored:
        make_folder((template.path / TOP_FOLDER / name).parent)
        (template.path / TOP_FOLDER / name).write_bytes(b"SECRET_KEY=left-over\n\0")

    run = template.render("setup=no")

    copied = [name for name in ignored if (template.project / name).exists()]
    assert (run.status, run.err, copied) == (0, "", [".env"])
    assert [len(secret) for secret in read_secrets(template.project)] == [96, 96]


def test_no_file_of_an_option_that_is_off_is_written_without_hooks(template: Template) -> None:
    run = template.render("--accept-hooks", "no", "forms=no", "bootstrap=no")

    files = {path for path in template.project.rglob("*") if path.is_file()}
    is_off = re.compile("/(forms|members|bootstrap|celery_jobs)/").search
    expected = [name for name in SMALL_SOURCE_TREE if not is_off(name)]
    assert (run.status, run.err) == (0, "")
    assert files == {template.project / name for name in expected}


def test_declared_path_that_does_not_exist_fails_the_generation(template: Template) -> None:
    shutil.rmtree(template.path / TOP_FOLDER / "tests/forms")

    run = template.render("setup=no", "forms=no")

    assert (run.status, template.project.exists()) == (1, False)
    assert "ERROR: options.json declares paths that do not exist: tests/forms" in run.err


def test_invalid_mark_leaves_no_project(template: Template) -> None:
    (template.path / TOP_FOLDER / "README.md").write_text("<!-- [template] if x -->\n", "utf-8")

    run = template.render("setup=no")

    assert (run.status, template.project.exists()) == (1, False)
    assert "README.md, line 1: unknown condition 'x'" in run.out


def test_env_contains_new_secrets_that_only_the_owner_can_read(template: Template) -> None:
    template.render("setup=no")
    first = read_secrets(template.project)
    mode = stat.S_IMODE((template.project / ".env").stat().st_mode)
    elsewhere = [
        path
        for path in template.output.parent.parent.rglob("*")
        if path.is_file() and path.name != ".env" and first[0].encode() in path.read_bytes()
    ]
    shutil.rmtree(template.project)
    template.render("setup=no")

    assert (mode, [len(secret) for secret in first], elsewhere) == (0o600, [96, 96], [])
    assert len({*first, *read_secrets(template.project)}) == 4


def test_second_generation_keeps_env_and_files_of_the_user(template: Template) -> None:
    template.render("setup=no")
    own = {".env": "SECRET_KEY=mine\n", "service/forms/mine.py": "mine\n", "notes": "mine\n"}
    for name, text in own.items():
        (template.project / name).write_text(text, "utf-8")

    run = template.render("setup=no", "forms=no", "-f")

    assert run.status == 0
    assert {name: (template.project / name).read_text("utf-8") for name in own} == own


@pytest.mark.parametrize("options", [["-f"], ["-f", "-s"]])
def test_existing_files_of_options_that_are_off_are_kept_and_named(
    template: Template, options: list[str]
) -> None:
    elsewhere = template.output / "elsewhere/forms.py"
    make_folder(elsewhere.parent)
    elsewhere.write_text("mine\n", "utf-8")
    make_folder(template.project / "service/forms/templates")
    (template.project / "service/forms/__init__.py").symlink_to(elsewhere)
    (template.project / "service/bootstrap").symlink_to(elsewhere.parent)
    (elsewhere.parent / "__init__.py").write_text("mine\n", "utf-8")
    own = template.project / "service/forms/templates/form.html"
    own.write_text("mine\n", "utf-8")

    run = template.render("setup=no", "forms=no", "bootstrap=no", *options)

    named = re.findall(r"^  (service/\S+)$", run.out, re.MULTILINE)
    assert (run.status, run.err) == (0, "")
    assert named == [
        "service/bootstrap/__init__.py",
        "service/forms/__init__.py",
        "service/forms/templates/form.html",
    ]
    assert [path.read_text("utf-8") for path in (elsewhere, own)] == ["mine\n"] * 2
    assert (elsewhere.parent / "__init__.py").read_text("utf-8") == "mine\n"


def test_failed_installation_is_reported_with_manual_commands(
    template: Template, installer: str
) -> None:
    run = template.render("setup=yes", PIP_NO_INDEX="1")

    assert (run.status, run.err) == (0, "")
    assert "Not completed: " in run.out
    assert "  .venv/bin/flask --app service db upgrade\n" in run.out
    assert re.search(r"^  \S*uv sync", run.out, re.MULTILINE)
    assert not (template.project / ".venv").exists()
    assert (template.project / ".env").exists(), installer


def test_existing_lock_is_kept(
    template: Template, write_script: Callable[[str, str], Path]
) -> None:
    write_script(
        "uv", 'while [ $# -gt 1 ]; do shift; [ "$1" = --project ] && echo > "$2/uv.lock"; done'
    )
    template.render("setup=no")
    (template.project / "uv.lock").write_text("mine", "utf-8")

    template.render("setup=yes", "-f")

    assert (template.project / "uv.lock").read_text("utf-8") == "mine"


def test_uv_runs_without_cache_if_the_home_is_not_writable(
    template: Template, write_script: Callable[[str, str], Path]
) -> None:
    write_script("uv", 'echo "error: $*"; exit 1')
    config = template.output.parent / "config.yaml"
    config.write_text(f"replay_dir: {template.output.parent / 'replay'}\n", "utf-8")

    run = template.render("--config-file", str(config), HOME="/proc/none")

    assert (run.status, run.err) == (0, "")
    assert "error: --no-config --no-cache venv" in run.out


def test_uv_uses_the_certificates_of_the_system(
    template: Template, write_script: Callable[[str, str], Path]
) -> None:
    write_script("uv", 'echo "error: $UV_SYSTEM_CERTS$UV_NATIVE_TLS"; exit 1')

    default = template.render("setup=yes")
    chosen = template.render("setup=yes", "project_slug=other", UV_SYSTEM_CERTS="0")

    assert "error: 11" in default.out
    assert "error: 00" in chosen.out


def test_environment_with_a_removed_interpreter_is_replaced(
    template: Template, write_script: Callable[[str, str], Path]
) -> None:
    write_script("uv", 'echo "error: $2 $UV_VENV_CLEAR"; exit 1')
    template.render("setup=no")
    make_folder(template.project / ".venv/bin")
    (template.project / ".venv/bin/python").symlink_to("/nonexistent/python3")
    (template.project / ".venv/pyvenv.cfg").touch()

    run = template.render("setup=yes", "-f")

    assert "Not completed: Creating .venv (error: venv 1)." in run.out


def test_generation_succeeds_without_network(template: Template) -> None:
    unshare = shutil.which("unshare")
    command = [unshare or "unshare", "-rn"]
    if not unshare or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("unprivileged network namespaces are not available")

    cookiecutter = [sys.executable, "-m", "cookiecutter", str(template.path), "--no-input"]
    run = template.run([*command, *cookiecutter, "-o", str(template.output)])

    assert run.status == 0
    assert "Not completed: Installing dependencies" in run.out


def test_hanging_tool_is_killed(
    template: Template, write_script: Callable[[str, str], Path]
) -> None:
    plan = template.path / "flask_qa_template/plan.py"
    plan.write_text(plan.read_text("utf-8").replace("TIMEOUT = 300", "TIMEOUT = 1"), "utf-8")
    write_script("uv", "sleep 1000")

    run = template.render("setup=yes")

    assert run.status == 0
    assert "Not completed: Creating .venv (timed out after 1 s)." in run.out


def test_project_is_kept_if_the_output_pipe_is_closed(template: Template) -> None:
    command = f"{sys.executable} -m cookiecutter {template.path} --no-input -o {template.output}"

    template.run(["sh", "-c", f"{command} setup=no | true"])

    assert len(read_secrets(template.project)) == 2


@pytest.fixture
def interrupted_by(
    template: Template, write_script: Callable[[str, str], Path]
) -> Callable[..., tuple[str, Path]]:
    """Return a function that sends a signal to cookiecutter while uv creates `.venv`.

    The function returns the output of cookiecutter, and a file with the process id of uv.
    """
    marker = template.output / "pid"
    write_script("uv", f"mkdir -p .venv; echo $$ > {marker}; exec sleep 1000")
    (Path(template.environment["PATH"]) / "mkdir").symlink_to(shutil.which("mkdir") or "mkdir")
    command = [sys.executable, "-m", "cookiecutter", str(template.path), "--no-input"]

    def interrupt(number: signal.Signals, *answers: str) -> tuple[str, Path]:
        with subprocess.Popen(
            [*command, "-o", str(template.output), *answers],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=template.output,
            env=dict(template.environment),
            start_new_session=True,
        ) as process:
            wait_until(lambda: marker.exists() and marker.read_text("utf-8"))
            os.killpg(process.pid, number)
            if number == signal.SIGKILL:
                os.kill(int(marker.read_text("utf-8")), number)
            return process.communicate(timeout=LIMIT_SECONDS)[0], marker

    return interrupt


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGTERM])
def test_signal_kills_the_step_and_prints_the_manual_commands(
    template: Template, interrupted_by: Callable[..., tuple[str, Path]], number: signal.Signals
) -> None:
    out, uv = interrupted_by(number)

    assert "Not completed: Creating .venv (interrupted)." in out
    assert "  uv sync --no-config\n" in out
    assert not (template.project / ".venv").exists()
    wait_until(lambda: has_ended(uv))


def test_killed_generation_is_repeated_with_the_same_answers(
    template: Template, interrupted_by: Callable[..., tuple[str, Path]]
) -> None:
    interrupted_by(signal.SIGKILL, "description=Mine", "forms=no")
    shutil.rmtree(template.project)
    (Path(template.environment["PATH"]) / "uv").write_text("#!/bin/sh\nexit 1\n", "utf-8")

    command = [sys.executable, "-m", "cookiecutter", str(template.path), "--replay"]
    run = template.run([*command, "-o", str(template.output)])

    assert (run.status, "Next steps:" in run.out) == (0, True)
    assert "Mine" in (template.project / "README.md").read_text("utf-8")
    assert not (template.project / "service/forms").exists()


def test_concurrent_generation_into_the_same_folder_is_rejected(template: Template) -> None:
    command = [sys.executable, "-m", "cookiecutter", str(template.path), "--no-input"]
    with subprocess.Popen(
        [*command, "-o", str(template.output), "setup=no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=template.output,
        env=dict(template.environment),
    ) as first:
        wait_until(template.project.exists)
        second = template.render("setup=no", "description=second")

    assert (first.returncode, second.status) == (0, 1)
    assert "second" not in (template.project / "README.md").read_text("utf-8")
    assert len(read_secrets(template.project)) == 2


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp1252:strict", "utf-8"])
def test_output_that_the_terminal_cannot_show_is_replaced(
    template: Template, write_script: Callable[[str, str], Path], encoding: str
) -> None:
    write_script("uv", "echo 'error: \u2717 \ud3f4\ub354 \\377'; exit 1")
    output = make_folder(template.output / "\ud3f4\ub354 \udcff")

    run = template.render("-o", str(output), PYTHONIOENCODING=encoding, PYTHONUTF8="0")

    assert (run.status, len(read_secrets(output / "question-board"))) == (0, 2)
    assert "Not completed: Creating .venv (error: " in run.out


def test_questions_are_asked_on_a_terminal_that_cannot_show_all_characters(
    template: Template,
) -> None:
    command = [sys.executable, "-m", "cookiecutter", str(template.path), "-o", str(template.output)]
    answers = "\n" * (len(questions()) - 1) + "no\n"

    run = template.run(command, answers, PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert (run.status, len(read_secrets(template.project))) == (0, 2)


def test_output_folder_may_have_special_characters(template: Template) -> None:
    output = make_folder(template.output / 'it\'s a "folder" & 폴더')

    run = template.render("setup=no", "-o", str(output))

    assert (run.status, (output / "question-board/.env").exists()) == (0, True)


def test_update_tool_creates_no_secrets_environment_or_migrations(template: Template) -> None:
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

    # Cruft needs git, which is on the PATH of the tests.
    run = template.run([sys.executable, "-c", program], PATH=os.environ["PATH"])

    assert (run.err, run.out.splitlines()) == ("", [str(names)])


def has_ended(pid_file: Path) -> bool:
    """Return whether the process with the id in the file has ended."""
    command_line = Path(f"/proc/{pid_file.read_text('utf-8').strip()}/cmdline")
    with suppress(FileNotFoundError, ProcessLookupError):
        # The command line of a zombie process is empty.
        return not command_line.read_bytes()
    return True
