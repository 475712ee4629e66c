"""The versions of cookiecutter that can render a project."""

import json
import runpy
import tomllib

import cookiecutter
import pytest
from packaging.requirements import Requirement

from flask_qa_template.options import REPOSITORY

CHECK = REPOSITORY / "requires_cookiecutter_2_7.py"


@pytest.mark.parametrize("version", ["2.1.1", "2.6.0"])
def test_older_version_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(cookiecutter, "__version__", version)

    with pytest.raises(SystemExit, match="requires cookiecutter 2.7 or newer; this is " + version):
        runpy.run_path(str(CHECK))


@pytest.mark.parametrize("version", ["2.7.0", "2.10.1", "3.0.0b1", cookiecutter.__version__])
def test_newer_version_is_accepted(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(cookiecutter, "__version__", version)

    runpy.run_path(str(CHECK))


def test_version_is_checked_before_other_code_is_imported() -> None:
    content = json.loads((REPOSITORY / "cookiecutter.json").read_text("utf-8"))

    assert content["_extensions"][0] == f"{CHECK.stem}.CookiecutterVersion"


def test_installed_version_is_the_required_one() -> None:
    groups = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["dependency-groups"]

    (requirement,) = [
        Requirement(text) for text in groups["new"] if text.startswith("cookiecutter")
    ]
    assert "2.7" in requirement.specifier
    assert "2.6.9" not in requirement.specifier
