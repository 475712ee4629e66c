"""The port of `make run` in a project."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from flask_qa_template.options import SOURCE_TREE


@pytest.mark.parametrize(
    ("dotenv", "environment", "arguments", "options"),
    [
        pytest.param("", {}, [], [], id="default"),
        pytest.param('PORT="8001"\n', {}, [], ["--port", "8001"], id=".env"),
        pytest.param("PORT=8001\n", {"PORT": "8002"}, [], ["--port", "8002"], id="environment"),
        pytest.param("", {"FLASK_RUN_PORT": "8003"}, [], ["--port", "8003"], id="Flask's variable"),
        pytest.param(
            "PORT=8001\n", {"PORT": "8002"}, ["PORT=8004"], ["--port", "8004"], id="argument"
        ),
    ],
)
def test_make_run_uses_the_port_of_the_settings(
    tmp_path: Path,
    dotenv: str,
    environment: dict[str, str],
    arguments: list[str],
    options: list[str],
) -> None:
    shutil.copy(SOURCE_TREE / "Makefile", tmp_path)
    (tmp_path / ".env").write_text(dotenv, "utf-8")
    (tmp_path / "flask").write_text('#!/bin/sh\necho "$@"\n', "utf-8")
    (tmp_path / "flask").chmod(0o755)
    inherited = {key: os.environ[key] for key in os.environ.keys() - {"PORT", "FLASK_RUN_PORT"}}
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}

    done = subprocess.run(
        ["make", "--silent", "run", *arguments],
        cwd=tmp_path,
        env={**inherited, **path, **environment},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["--app", "service", "--debug", "run", *options]
