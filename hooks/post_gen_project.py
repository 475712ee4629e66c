"""Finish a project: write `.env` and run the setup steps.

`flask_qa_template.plan` decides what to do. A failed setup step is reported with the reason and the
commands to run by hand; it does not fail the generation.
"""

import sys

if __name__ == "__main__":
    # Cookiecutter runs a copy of this file in the folder for temporary files, to which other users
    # could add modules.
    sys.path.pop(0)

import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

INTERRUPTED = "interrupted"
# Ctrl-C, a closed terminal, and the request to end. Windows has no SIGHUP.
SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGHUP", "SIGTERM") if hasattr(signal, name)
]
REFUSED = "Refused: "
ERROR_LINE = re.compile(
    "(\N{MULTIPLICATION SIGN}|refused:|fatal\\b|[\\w.]*(error|exception)\\b)", re.IGNORECASE
)
# The formats of uv and pip; pip prints the cause before the error.
CAUSE = re.compile(r"(?:cause:|Caused by:|╰─▶) *(.+)")
CONNECTION_ERROR = re.compile(r"connection broken by '(.+)'")


class IncompleteStep(NamedTuple):
    """A step that did not succeed, the reason, and the commands to run by hand."""

    title: str
    reason: str
    manual_commands: list[str]


def main() -> int:
    """Finish the project in the current folder; return the exit status."""
    replace_unencodable_output()
    # `tojson` escapes apostrophes, so the string cannot be closed early.
    plan = json.loads(r'''{{ cookiecutter | plan | tojson }}''')  # fmt: skip
    project = Path.cwd()
    remove_empty_folders(project, plan["skipped_files"])
    if plan["is_cookiecutter_run"] or not is_temporary(project):
        write_env(project)
        set_environment(plan["kept_variables"])
        catch_signals()
        incomplete = run_steps(plan["steps"], project)
        existing = [path for path in plan["excluded_files"] if os.path.lexists(project / path)]
        echo(next_steps(project, incomplete, existing))
    return 0


def replace_unencodable_output() -> None:
    """Let `print` replace characters that the terminal cannot show.

    An error would fail the hook, and cookiecutter would then delete the project.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def remove_empty_folders(project: Path, skipped_files: list[str]) -> None:
    """Remove the folders that cookiecutter created for files that it then skipped."""
    folders = {folder for file in skipped_files for folder in Path(file).parents[:-1]}
    for folder in sorted(folders, reverse=True):
        # A symbolic link may lead out of the project.
        if (project / folder).resolve() == project.resolve() / folder:
            with suppress(OSError):
                (project / folder).rmdir()


def is_temporary(project: Path) -> bool:
    """Return whether an update tool renders the project in the folder for temporary files."""
    return project.resolve().is_relative_to(Path(tempfile.gettempdir()).resolve())


def write_env(project: Path) -> None:
    """Create `.env` with new secrets, readable by its owner only, unless the file exists."""
    example = (project / ".env.example").read_text(encoding="utf-8")
    with suppress(FileExistsError):
        descriptor = os.open(project / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as env:
            env.write(fill_placeholders(example))


def fill_placeholders(example: str) -> str:
    """Return the text; a new secret of 384 bits replaces each placeholder."""
    return re.sub("replace-me", lambda _placeholder: os.urandom(48).hex(), example)


def set_environment(kept_variables: str) -> None:
    """Remove variables that could decide what the steps do, and set those that the steps need."""
    for name in list(os.environ):
        if not re.match(kept_variables, name):
            del os.environ[name]
    os.environ["PYTHONUTF8"] = "1"
    # `uv venv` is run only if there is no environment that works.
    os.environ["UV_VENV_CLEAR"] = "1"
    # The system knows the certificate authority of a company's proxy. Older versions of uv read the
    # second name.
    os.environ.setdefault("UV_SYSTEM_CERTS", "1")
    os.environ.setdefault("UV_NATIVE_TLS", os.environ["UV_SYSTEM_CERTS"])


def run_steps(steps: list[dict[str, Any]], project: Path) -> list[IncompleteStep]:
    """Run the steps; return those that failed or were skipped."""
    incomplete: list[IncompleteStep] = []
    new_folders = {
        step["folder"] for step in steps if not (project / (step["folder"] or ".")).exists()
    }
    block_reason = None
    for step in steps:
        if is_done(step, project):
            continue
        reason = step.get("skip_reason") or block_reason or find_obstacle(step, project)
        reason = reason or run_step(step, project)
        if reason:
            if step["folder"] in new_folders:
                remove_incomplete(project / step["folder"])
            commands = [] if reason.startswith(REFUSED) else manual_commands(step, project)
            incomplete.append(IncompleteStep(step["title"], reason, commands))
        if reason and (step["folder"] == ".venv" or reason == INTERRUPTED):
            block_reason = "requires the previous step"
    return incomplete


def is_done(step: dict[str, Any], project: Path) -> bool:
    """Return whether what a step creates is there and works."""
    if "unless_succeeds" in step:
        return run(step["unless_succeeds"], step["timeout"]) is None
    return "unless_exists" in step and Path(project, step["unless_exists"]).exists()


def find_obstacle(step: dict[str, Any], project: Path) -> str | None:
    """Return why a step would change files of the user: it replaces a broken `.venv`."""
    folder = project / ".venv"
    is_foreign = os.path.lexists(folder) and not (folder / "pyvenv.cfg").is_file()
    return (
        ".venv is not a virtual environment" if step["folder"] == ".venv" and is_foreign else None
    )


def run_step(step: dict[str, Any], project: Path) -> str | None:
    """Run a step and print its result; return the reason of a failure, or None."""
    echo(f"{step['title']} ...", end="")
    error = run(step["command"] + requirements(step, project), step["timeout"])
    echo(f" failed: {error}" if error else " done")
    return error


def remove_incomplete(folder: Path) -> None:
    """Remove a folder that a failed step began to create, unless it contains a migration."""
    if not has_migration(folder):
        shutil.rmtree(folder, ignore_errors=True)


def manual_commands(step: dict[str, Any], project: Path) -> list[str]:
    """Return the commands that complete a step by hand."""
    is_migrated = step["folder"] == "migrations" and has_migration(project / "migrations")
    commands: list[str] = step[f"manual_commands{'_with_migration' if is_migrated else ''}"]
    is_in_the_way = step["folder"] == ".venv" and os.path.lexists(project / ".venv")
    return [*(["mv .venv old.venv"] if is_in_the_way else []), *commands]


def has_migration(folder: Path) -> bool:
    """Return whether the folder contains a migration."""
    return any((folder / "versions").glob("*.py"))


def requirements(step: dict[str, Any], project: Path) -> list[str]:
    """Read the requirements that a step installs from the project's `pyproject.toml`."""
    if "requirements" not in step:
        return []
    content = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [content[table][key] for table, key in step["requirements"]]
    return [entry for entries in lists for entry in entries if isinstance(entry, str)]


def run(command: list[str], timeout: float) -> str | None:
    """Run a command and print a dot every second; return the reason of a failure, or None."""
    try:
        # A new session, so that child processes of the command can be killed, too.
        with subprocess.Popen(  # noqa: S603 - The commands are ours, and there is no shell.
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            output = wait(process, timeout)
            return error_line(output.decode(errors="replace")) if process.returncode else None
    except TimeoutError:
        return f"timed out after {timeout:g} s"
    except OSError as error:
        return str(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def catch_signals() -> None:
    """Raise KeyboardInterrupt at the first signal that would end this process."""
    for number in SIGNALS:
        # `nohup` ignores SIGHUP.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)


def interrupt(_number: int, _frame: object) -> None:
    """Raise KeyboardInterrupt; ignore later signals, because a closed terminal sends several."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def wait(process: "subprocess.Popen[bytes]", timeout: float) -> bytes:
    """Wait until a process ends; return its output.

    Kills the process and raises TimeoutError if that takes longer than `timeout` seconds.
    """
    end = time.monotonic() + timeout
    try:
        while (remaining := end - time.monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=min(1, remaining))[0]
            echo(".", end="")
        raise TimeoutError
    finally:
        if process.returncode is None:
            kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and, where the system has process groups, its children."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def error_line(output: str) -> str:
    """Return the last error of the output with its cause; without an error, all lines as one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [number for number, line in enumerate(lines) if ERROR_LINE.match(line)]
    if not errors:
        return " ".join(lines)[:300] or "no error message"
    causes = [found[1] for line in lines[errors[-1] :] if (found := CAUSE.match(line))]
    causes = causes or CONNECTION_ERROR.findall(output)
    return ": ".join(text[:300] for text in (lines[errors[-1]], *causes[-1:]))


def echo(text: str, end: str = "\n") -> None:
    """Print and flush; ignore a closed pipe, because a failing hook deletes the project."""
    try:
        print(text, end=end, flush=True)
    except (OSError, ValueError):
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - Open until exit.


def next_steps(project: Path, incomplete: list[IncompleteStep], existing: list[str]) -> str:
    """Return the last lines of the output: files that were kept, failed steps, what to type next.

    `existing` are files of options that are off, which were there before the generation.
    """
    kept_files = ["Kept, although these files belong to options that are off:"] if existing else []
    kept_files += [f"  {path}" for path in existing]
    failed = [f"Not completed: {step.title} ({step.reason})." for step in incomplete]
    manual = list(dict.fromkeys(line for step in incomplete for line in step.manual_commands))
    bin_folder = ".venv\\Scripts\\" if os.name == "nt" else ".venv/bin/"
    is_in_venv = (
        any(line.startswith(bin_folder) for line in manual) or (project / bin_folder).exists()
    )
    prefix = bin_folder if is_in_venv else ""
    commands = [
        f"cd {shell_path(project)}",
        *manual,
        f"make run     # or: {prefix}flask --app service --debug run",
        f"make test    # or: {prefix}pytest",
    ]
    seed_hint = [
        "",
        "To fill the board with sample questions:",
        f"  {prefix}flask --app service seed",
    ]
    return "\n".join(
        [*kept_files, *failed, "", "Next steps:", *(f"  {line}" for line in commands), *seed_hint]
    )


def shell_path(project: Path) -> str:
    """Return the project's path, relative to the current folder of the shell, quoted for it."""
    start = Path(os.environ.get("PWD", project))
    return shlex.quote(
        str(project.relative_to(start) if project.is_relative_to(start) else project)
    )


if __name__ == "__main__":
    sys.exit(main())
