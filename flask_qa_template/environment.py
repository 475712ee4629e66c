"""Create the virtual environment of this repository, for its Makefile.

An existing environment is replaced if its programs do not run with this version of Python: it is of
another version, its creation was interrupted, its interpreter was removed, or the folder was moved.
"""

import platform
import subprocess
import sys
from pathlib import Path


def create_environment(folder: Path) -> int:
    """Create a virtual environment with pip, unless a usable one exists; return the exit status."""
    if is_usable(folder):
        return 0
    print(f"Creating {folder.name} with Python {platform.python_version()}", flush=True)
    # As a program, Debian's venv explains which package is missing.
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - There is no shell.


def is_usable(folder: Path) -> bool:
    """Return whether the programs of a virtual environment run with this version of Python."""
    # pip prints "pip 26.0 from /path/of/.venv/lib/python3.11/site-packages/pip (python 3.11)". Its
    # first line is the path of the interpreter, which is wrong after the folder was moved.
    try:
        done = subprocess.run(  # noqa: S603 - There is no shell.
            [folder / "bin/pip", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    version = f"(python {sys.version_info.major}.{sys.version_info.minor})"
    return f" from {folder}/" in done.stdout and version in done.stdout


if __name__ == "__main__":
    sys.exit(create_environment(Path.cwd() / ".venv"))
