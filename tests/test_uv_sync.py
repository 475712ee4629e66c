"""What uv installs and locks depends on the project and on nothing around it."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from flask_qa_template.plan import INDEX_VARIABLE
from tests.conftest import CommandResult, Template, make_folder

INDEX_VARIABLES = [name for name in os.environ if INDEX_VARIABLE.fullmatch(name)]
# A cooldown that is so long that no version of a dependency is old enough.
COOLDOWN = "2001-01-01T00:00:00Z"
# Each of these changes the installed packages, or makes uv fail.
UV_VARIABLES = {
    "UV_CONFIG_FILE": "/nowhere/uv.toml",
    "UV_EXCLUDE_NEWER": COOLDOWN,
    "UV_FROZEN": "1",
    "UV_NO_DEV": "1",
    "UV_PROJECT": "/nowhere",
    "UV_PROJECT_ENVIRONMENT": "/nowhere/venv",
    "UV_PYTHON": "2.7",
    "UV_RESOLUTION": "lowest",
    "VIRTUAL_ENV": "/nowhere/venv",
}
pytestmark = pytest.mark.skipif(bool(INDEX_VARIABLES), reason="another index is not locked")


def environment_of_uv() -> dict[str, str]:
    """Return the variables of this shell with which uv can download packages here."""
    cache = subprocess.run(["uv", "cache", "dir"], capture_output=True, text=True, check=True)
    return {**os.environ, "UV_CACHE_DIR": cache.stdout.strip()}


def render(template: Template, environment: Mapping[str, str]) -> CommandResult:
    """Render a project with `setup` below a workspace of uv, with a personal configuration."""
    above = '[project]\nname = "above"\nversion = "1"\n[tool.uv.workspace]\nmembers = ["*"]\n'
    (template.output / "pyproject.toml").write_text(above, "utf-8")
    config = make_folder(template.output.parent / "config/uv")
    (config / "uv.toml").write_text(f'exclude-newer = "{COOLDOWN}"\n', "utf-8")
    return template.render(
        "setup=yes",
        **{
            **environment_of_uv(),
            **environment,
            "HOME": template.environment["HOME"],
            "XDG_CONFIG_HOME": str(config.parent),
        },
    )


@pytest.mark.parametrize("environment", [{}, UV_VARIABLES], ids=["files", "files and variables"])
def test_lock_and_packages_do_not_depend_on_the_surroundings(
    template: Template, tmp_path: Path, environment: dict[str, str]
) -> None:
    run = render(template, environment)

    assert run.status == 0
    assert re.search(r"^Locking and installing dependencies \.+ done$", run.out, re.MULTILINE)
    assert not (template.output / "uv.lock").exists()
    assert list(template.project.glob(".venv/lib/*/site-packages/pytest"))
    alone = make_folder(tmp_path / "alone")
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(template.project / name, alone)
    check = subprocess.run(
        ["uv", "lock", "--check", "--no-config"],
        cwd=alone,
        env=environment_of_uv(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stderr
