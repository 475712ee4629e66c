"""What can be wrong with an installation."""

import os
from collections.abc import Callable
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
    ("is_on", "storage", "workers", "is_well"),
    [
        pytest.param(True, "memory://", 2, False, id="memory of two workers"),
        pytest.param(True, "memory://", 1, True, id="memory of one worker"),
        pytest.param(True, "redis://localhost", 2, True, id="shared"),
        pytest.param(False, "redis://localhost", 2, False, id="off"),
    ],
)
def test_workers_count_together(is_on: bool, storage: str, workers: int, is_well: bool) -> None:
    """R6.08."""
    config = Config(
        "",
        {
            "APP_ENV": "production",
            "RATELIMIT_ENABLED": is_on,
            "RATELIMIT_STORAGE_URI": storage,
            "WEB_CONCURRENCY": workers,
        },
    )

    assert (list(doctor.limits_apart(config)) == []) is is_well


def test_a_redis_that_is_away_is_found(make_app: Callable[..., Flask]) -> None:
    """Z56."""
    pytest.importorskip("redis", reason="The extra `redis` is not installed.")
    app = make_app(RATELIMIT_ENABLED="1", RATELIMIT_STORAGE_URI="redis://127.0.0.1:1")

    with app.app_context():
        assert len(list(doctor.silent_redis(app.config))) == 1


def test_counts_in_memory_need_no_redis(limited: Flask) -> None:
    with limited.app_context():
        assert list(doctor.silent_redis(limited.config)) == []


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
