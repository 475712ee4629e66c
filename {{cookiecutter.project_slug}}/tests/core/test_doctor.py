"""What can be wrong with an installation."""

import os
from pathlib import Path

import pytest
from flask import Config, Flask
from flask.testing import FlaskCliRunner

from service.core import doctor
from service.core.checks import checks


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes.")
@pytest.mark.parametrize(("mode", "is_well"), [(0o600, True), (0o644, False), (0o640, False)])
def test_dotenv_is_for_its_owner_only(tmp_path: Path, mode: int, is_well: bool) -> None:
    dotenv = tmp_path / ".env"
    dotenv.touch()
    dotenv.chmod(mode)

    assert list(doctor.open_file(dotenv)) == ([] if is_well else [f"chmod 600 {dotenv}"])


def test_no_dotenv_is_well(tmp_path: Path) -> None:
    assert list(doctor.open_file(tmp_path / ".env")) == []


@pytest.mark.parametrize(
    ("environment", "hops", "is_well"),
    [
        pytest.param("production", 0, False, id="none in production"),
        pytest.param("production", 1, True, id="one in production"),
        pytest.param("development", 0, True, id="none in development"),
    ],
)
def test_a_service_in_production_knows_its_proxies(
    environment: str, hops: int, is_well: bool
) -> None:
    config = Config("", {"APP_ENV": environment, "PROXY_HOPS": hops})

    assert (list(doctor.uncounted_proxies(config)) == []) is is_well


@pytest.mark.parametrize(
    ("storage", "workers", "is_well"),
    [
        pytest.param("memory://", 2, False, id="memory of two workers"),
        pytest.param("memory://", 1, True, id="memory of one worker"),
        pytest.param("redis://localhost", 2, True, id="shared"),
    ],
)
def test_workers_count_together(storage: str, workers: int, is_well: bool) -> None:
    """R6.08."""
    settings = {"RATELIMIT_STORAGE_URI": storage, "WEB_CONCURRENCY": workers}
    config = Config("", {"APP_ENV": "production", **settings})

    assert (list(doctor.limits_apart(config)) == []) is is_well


@pytest.mark.parametrize(("threads", "is_well"), [(1, True), (3, True), (4, False)])
def test_each_thread_has_a_connection(threads: int, is_well: bool) -> None:
    """R7.01."""
    config = Config("", {"DB_POOL_SIZE": 2, "DB_MAX_OVERFLOW": 1, "WEB_THREADS": threads})

    assert (list(doctor.scarce_connections(config)) == []) is is_well


@pytest.mark.usefixtures("outage")
def test_a_database_that_is_away_is_found(app: Flask) -> None:
    with app.app_context():
        wrong = {check.subject for check in checks(app) if list(check.problems(app.config))}

    assert wrong >= {"the database answers", "the database has the newest tables"}


@pytest.mark.usefixtures("outage")
def test_the_command_fails_with_the_cure(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["doctor"])

    assert result.exit_code == 1
    assert "flask --app service create-database" in result.output
    assert "Traceback" not in result.output
