"""What can be wrong with an installation."""

import os
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from service.core import doctor


def test_a_placeholder_is_no_secret() -> None:
    assert not doctor.secret_key("replace-me" * 4).is_well


def test_a_key_of_ones_own_is_a_secret() -> None:
    assert doctor.secret_key("0123456789" * 4).is_well


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes.")
@pytest.mark.parametrize(("mode", "is_well"), [(0o600, True), (0o644, False), (0o640, False)])
def test_dotenv_is_for_its_owner_only(tmp_path: Path, mode: int, is_well: bool) -> None:
    dotenv = tmp_path / ".env"
    dotenv.touch()
    dotenv.chmod(mode)

    assert doctor.env_file(dotenv).is_well is is_well


def test_no_dotenv_is_well(tmp_path: Path) -> None:
    assert doctor.env_file(tmp_path / ".env").is_well


@pytest.mark.usefixtures("outage")
def test_a_database_that_is_away_is_found(app: Flask) -> None:
    with app.app_context():
        wrong = [finding.subject for finding in doctor.findings() if not finding.is_well]

    assert {"the database answers", "the database has the newest tables"} <= set(wrong)


@pytest.mark.usefixtures("outage")
def test_the_command_fails_with_the_cure(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["doctor"])

    assert result.exit_code == 1
    assert "flask --app service create-database" in result.output
    assert "Traceback" not in result.output
