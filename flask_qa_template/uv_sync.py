"""Install the dependencies of the project in the current folder with uv, and create its `uv.lock`.

Arguments: the Python of the environment, and the command with which uv starts. uv looks for a
workspace in the folders above, whose members share one lock and one environment. So it runs in a
temporary folder with a copy of `pyproject.toml` that is a workspace of its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

WORKSPACE = "[tool.uv.workspace]"


def main(python: str, *uv: str) -> int:
    """Return the exit status of uv. An existing `uv.lock` is not changed."""
    project = Path.cwd()
    os.environ["UV_PROJECT_ENVIRONMENT"] = str(project / ".venv")
    with TemporaryDirectory() as name:
        folder = copy_project(project, Path(name))
        # --inexact keeps other packages; --python overrides a `.python-version` file of the user.
        options = ["--inexact", "--project", name, "--python", str(project / python)]
        done = subprocess.run([*uv, "sync", *options], check=False)  # noqa: S603 - No shell.
        if done.returncode == 0 and not (project / "uv.lock").exists():
            shutil.copyfile(folder / "uv.lock", project / "uv.lock")
    return done.returncode


def copy_project(project: Path, folder: Path) -> Path:
    """Copy what uv reads of a project to a folder, as a workspace; return the folder."""
    pyproject = (project / "pyproject.toml").read_text(encoding="utf-8")
    workspace = "" if WORKSPACE in pyproject else f"\n{WORKSPACE}\n"
    (folder / "pyproject.toml").write_text(pyproject + workspace, encoding="utf-8")
    if (project / "uv.lock").exists():
        shutil.copyfile(project / "uv.lock", folder / "uv.lock")
    return folder


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
