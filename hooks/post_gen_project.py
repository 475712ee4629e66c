"""Finish a project: take away what is switched off, write `.env`, do the steps of the plan.

`flask_qa_template.plan` decided what there is to do. Only what would break the project fails the
generation; what else cannot be done is named, with the reason and the commands that do it.
"""
# An import costs every run; what only some runs need is imported where they need it.
# ruff: noqa: PLC0415

import sys

if __name__ == "__main__":
    # This is a copy in the folder for temporary files, where everybody may leave a `json.py`.
    sys.path.pop(0)

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

STOPPED = "you stopped it"
LOCK_FROM_PYPI = "uv lock --default-index https://pypi.org/simple"
ONLY_HERE = re.compile(r'registry = "((?!https?://)[^"]+|https?://(localhost|127\.|\[::1\])[^"]*)"')


class Undone(NamedTuple):
    """Something that was not done: what, why, and the commands that do it."""

    does: str
    why: str
    by_hand: list[str]


def main() -> int:
    """Finish the project in the current folder; return the exit status."""
    # JSON never holds an apostrophe here, but many of the other quotes.
    plan: dict[str, Any] = json.loads(r'''{{ cookiecutter | plan | tojson }}''')  # fmt: skip
    project = Path.cwd()
    missing = [path for path in plan["switched_off"] if not (project / path).is_file()]
    if missing:
        print(f"ERROR: options.json names what is not there: {', '.join(missing)}", file=sys.stderr)
        return 1
    take_away(project, plan["switched_off"])
    if plan["asked_by_cookiecutter"] or not is_temporary(project):
        write_env(project)
        # Uv installs there, whatever a shell says for other projects.
        os.environ["UV_PROJECT_ENVIRONMENT"] = str(project / ".venv")
        is_locked = (project / "uv.lock").exists()
        undone = do(plan["steps"], project)
        say(farewell(project, undone + ([] if is_locked else withdraw_lock(project / "uv.lock"))))
    return 0


def take_away(project: Path, files: list[str]) -> None:
    """Delete the files, and each folder that is empty without them."""
    for file in files:
        (project / file).unlink()
        for folder in list(Path(file).parents)[:-1]:
            with suppress(OSError):
                (project / folder).rmdir()


def is_temporary(project: Path) -> bool:
    """Tell whether the project lies where an update tool renders what it only compares."""
    import tempfile

    return project.resolve().is_relative_to(Path(tempfile.gettempdir()).resolve())


def write_env(project: Path) -> None:
    """Make `.env` from the example, with fresh secrets, its owner's alone; keep an existing one."""
    example = (project / ".env.example").read_text(encoding="utf-8")
    with suppress(FileExistsError):
        descriptor = os.open(project / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as env:
            env.write(with_secrets(example, lambda: os.urandom(48).hex()))


def with_secrets(example: str, fresh: Callable[[], str]) -> str:
    """Return the text with a fresh secret in place of each placeholder."""
    first, *others = example.split("replace-me")
    return first + "".join(fresh() + text for text in others)


def do(steps: list[dict[str, Any]], project: Path) -> list[Undone]:
    """Do the steps; return what was not done, and what was not tried because of that."""
    undone: list[Undone] = []
    new = {step["folder"] for step in steps if not (project / (step["folder"] or ".")).exists()}
    in_vain = None
    for step in steps:
        if (project / step.get("needless_with", "?")).exists():
            continue
        why = step.get("why_not") or in_vain or attempt(step, project)
        if why:
            if step["folder"] in new:
                remove_half_made(project / step["folder"])
            undone.append(Undone(step["does"], why, commands_left(step, project)))
        if why and (step["folder"] == ".venv" or why == STOPPED):
            in_vain = "it comes after that"
    return undone


def withdraw_lock(lock: Path) -> list[Undone]:
    """Remove a lock that only this machine could install from, and say so."""
    found = ONLY_HERE.search(lock.read_text(encoding="utf-8")) if lock.exists() else None
    if not found:
        return []
    lock.unlink()
    why = f"uv takes packages from {found[1]}, which nobody else has"
    return [Undone("Locking the versions in uv.lock", why, [LOCK_FROM_PYPI])]


def attempt(step: dict[str, Any], project: Path) -> str | None:
    """Do a step and say so; return why it was not done, or None."""
    say(f"{step['does']} ...", end="")
    why = run(step["command"] + requirements(step, project), step["seconds"])
    say(f" not done: {why}" if why else " done")
    return why


def say(text: str, end: str = "\n") -> None:
    """Print at once; who does not listen any more misses it, and loses nothing else."""
    try:
        print(text, end=end, flush=True)
    except OSError:
        # Where this hook fails, cookiecutter deletes the project.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it lasts.


def remove_half_made(folder: Path) -> None:
    """Remove what the steps of this run began to make; a first migration is complete, and stays."""
    from shutil import rmtree

    if not has_migration(folder):
        rmtree(folder, ignore_errors=True)


def requirements(step: dict[str, Any], project: Path) -> list[str]:
    """Return what the step is to install, as the project's `pyproject.toml` says it."""
    if "requirements" not in step:
        return []
    import tomllib

    content = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    lists = [content[table][key] for table, key in step["requirements"]]
    return [needed for listed in lists for needed in listed if isinstance(needed, str)]


def commands_left(step: dict[str, Any], project: Path) -> list[str]:
    """Return the commands that do what a step left undone."""
    is_migrated = step["folder"] == "migrations" and has_migration(project / "migrations")
    commands: list[str] = step["by_hand_with_migrations" if is_migrated else "by_hand"]
    return commands


def has_migration(folder: Path) -> bool:
    """Tell whether the folder holds a migration."""
    return any((folder / "versions").glob("*.py"))


def run(command: list[str], seconds: float) -> str | None:
    """Run a command and show that it lasts; return why it failed, or None."""
    import subprocess
    import tempfile

    with tempfile.TemporaryFile() as output:
        try:
            # In a session of its own, so that whatever it starts can be ended with it.
            with subprocess.Popen(  # noqa: S603 - words of our own, and no shell.
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            ) as process:
                return reason(output) if watch(process, seconds) else None
        except TimeoutError:
            return f"it took longer than {seconds:g} s"
        except OSError as error:
            return str(error)
        except KeyboardInterrupt:
            return STOPPED


def watch(process: Any, seconds: float) -> int:
    """Wait for a process, with a dot for each second; return its status.

    Raises TimeoutError when it takes too long. The process has ended, however this function does.
    """
    import time
    from subprocess import TimeoutExpired

    end = time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            with suppress(TimeoutExpired):
                return int(process.wait(timeout=min(1, left)))
            say(".", end="")
        raise TimeoutError
    finally:
        if process.returncode is None:
            kill(process)


def kill(process: Any) -> None:
    """End a process and, where the system knows groups, all that it started."""
    import signal

    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def reason(output: IO[bytes]) -> str:
    """Return the line of a failed command's output that tells most."""
    output.seek(0)
    lines = [line.strip() for line in output.read().decode(errors="replace").splitlines()]
    errors = [line for line in lines if "error" in line.lower()]
    return next(filter(None, reversed(errors or lines)), "it gave no reason")[:300]


def farewell(project: Path, undone: list[Undone]) -> str:
    """Return the last lines: what was not done and why, and what to type next."""
    named = [f"Not done: {step.does} ({step.why})." for step in undone]
    by_hand = dict.fromkeys(command for step in undone for command in step.by_hand)
    bin_folder = ".venv\\Scripts\\" if os.name == "nt" else ".venv/bin/"
    start = bin_folder if bin_folder in "".join(by_hand) or (project / bin_folder).exists() else ""
    serve = [
        f"make run     # or: {start}flask --app service --debug run",
        f"make test    # or: {start}pytest",
    ]
    typed = [f"cd {folder_to_type(project)}", *by_hand, *serve]
    return "\n".join([*named, "", "Type next:", *(f"  {line}" for line in typed)])


def folder_to_type(project: Path) -> str:
    """Return how a person gets to the project from the folder where the generation began."""
    from shlex import quote

    began = Path(os.environ.get("PWD", project))
    return quote(str(project.relative_to(began) if project.is_relative_to(began) else project))


if __name__ == "__main__":
    sys.exit(main())
