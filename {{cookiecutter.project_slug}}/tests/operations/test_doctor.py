"""The registry of checks, the `doctor` command, and the warnings in production."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Config, Flask
from flask.testing import FlaskCliRunner

from service.database.dialects import find_dialect
from service.extensions import db
from service.operations.doctor import Check, add_check, check_env_permissions, warn_in_production

PROBLEM = "Something is wrong. Here is how to fix it."
PRODUCTION = {"APP_ENV": "production", "TRUSTED_HOSTS": "example.com"}


@pytest.fixture
def make_unhealthy_app(make_app: Callable[..., Flask]) -> Callable[..., Flask]:
    """Return a function that makes an application with a check that fails."""

    def make(*, needs_server: bool = False, **settings: str) -> Flask:
        app = make_app(**settings)
        add_check(app, Check("everything is fine", lambda _: [PROBLEM], needs_server))
        return app

    return make


def test_problem_is_logged_in_production(
    make_unhealthy_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_unhealthy_app(**PRODUCTION)

    warn_in_production(app)

    assert PROBLEM in capsys.readouterr().err


def test_problem_is_logged_when_the_application_starts(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    make_app(**PRODUCTION, PROXY_HOPS="0")

    assert "PROXY_HOPS is 0" in capsys.readouterr().err


@pytest.mark.usefixtures("outage")
def test_checks_that_need_a_server_are_not_run_at_the_start(
    make_unhealthy_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_unhealthy_app(needs_server=True, **PRODUCTION)

    warn_in_production(app)

    assert PROBLEM not in capsys.readouterr().err


def test_nothing_is_logged_outside_production(
    make_unhealthy_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_unhealthy_app()

    warn_in_production(app)

    assert "check_failed" not in capsys.readouterr().err


def test_command_prints_the_problem_and_fails(make_unhealthy_app: Callable[..., Flask]) -> None:
    result = make_unhealthy_app().test_cli_runner().invoke(args=["doctor"])

    assert f"FAIL everything is fine\n     {PROBLEM}\n" in result.output
    assert result.exit_code == 1


@pytest.mark.parametrize(("environment", "is_told"), [("production", False), ("development", True)])
def test_command_tells_that_settings_for_production_are_not_checked(
    make_app: Callable[..., Flask], environment: str, is_told: bool
) -> None:
    app = make_app(**{**PRODUCTION, "APP_ENV": environment})

    result = app.test_cli_runner().invoke(args=["doctor"])

    assert ("Not checked, because APP_ENV is not production" in result.output) is is_told


@pytest.mark.usefixtures("stamp")
def test_command_succeeds_without_problems(app: Flask, runner: FlaskCliRunner) -> None:
    with app.app_context():
        problems = [
            problem
            for check in app.extensions["checks"]
            for problem in check.find_problems(app.config)
        ]

    result = runner.invoke(args=["doctor"])

    assert "ok   the database responds\n" in result.output
    assert (result.exit_code == 0) is (problems == [])


@pytest.mark.usefixtures("outage")
def test_command_reports_an_outage_with_advice_that_fits_the_database(
    app: Flask, runner: FlaskCliRunner
) -> None:
    result = runner.invoke(args=["doctor"])

    with app.app_context():
        advice = find_dialect(db.engine.url).CONNECTION_ADVICE
    assert result.exit_code == 1
    assert "FAIL the database responds\n" in result.output
    assert advice in result.output
    assert "Traceback" not in result.output


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes.")
@pytest.mark.parametrize(("mode", "is_private"), [(0o600, True), (0o644, False), (0o640, False)])
def test_env_file_that_others_can_read_is_a_problem(
    tmp_path: Path, mode: int, is_private: bool
) -> None:
    env = tmp_path / ".env"
    env.touch()
    env.chmod(mode)

    problems = list(check_env_permissions(Config(""), env))

    assert [f"chmod 600 {env}" in problem for problem in problems] == [True] * (not is_private)


def test_missing_env_file_is_not_a_problem(tmp_path: Path) -> None:
    assert list(check_env_permissions(Config(""), tmp_path / ".env")) == []
