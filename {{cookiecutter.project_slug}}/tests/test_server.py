"""The settings of gunicorn. `tests/chaos` covers reloads and replaced workers."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import has_dualstack_ipv6

import pytest

from service.config.settings import ROOT, ConfigurationError
from service.server import settings_for_workers, valid_settings, validate_in_subprocess
from tests.conftest import Log
from tests.servers import serve

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Gunicorn does not run on Windows."),
]


@pytest.fixture
def environment(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """Set valid settings in the environment; yield the monkeypatch that changes them."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield monkeypatch
    valid_settings.clear()


def run_gunicorn(settings: dict[str, str], *options: str) -> tuple[int, str, str]:
    """Run gunicorn until it exits; return its exit status, standard output and standard error."""
    done = subprocess.run(  # noqa: S603  # The arguments are constants.
        [sys.executable, "-m", "gunicorn", *options],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_server_starts_without_warnings_in_a_read_only_home(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with serve(tmp_path, settings) as server:
        lines = server.log().splitlines()

    assert lines
    assert [line for line in lines if '"level": "info"' not in line] == []


def test_development_settings_are_a_problem(tmp_path: Path, settings: dict[str, str]) -> None:
    with serve(tmp_path, {**settings, "APP_ENV": "development"}) as server:
        lines = server.log().splitlines()

    problems = [json.loads(line)["problem"] for line in lines if '"check_failed"' in line]
    assert problems == ["Set APP_ENV=production."]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("WEB_THREADS", "hunter2", id="not a number"),
        pytest.param("LOG_LEVEL", "hunter2", id="unknown log level"),
        pytest.param("DATABASE_URL", "nosuch://me:hunter2@db/qa", id="unknown database"),
        pytest.param("RATELIMIT_STORAGE_URI", "redis://:hunter2@:port", id="invalid URL"),
        pytest.param("SENTRY_DSN", "http://hunter2/", id="invalid DSN"),
    ],
)
def test_invalid_setting_stops_the_start_with_one_line(
    settings: dict[str, str], name: str, value: str
) -> None:
    status, _, errors = run_gunicorn({**settings, name: value})

    assert status == 1
    assert re.fullmatch(rf"Error: {name}: [^\n]+\n", errors)
    assert "hunter2" not in errors


def test_print_config_shows_no_settings(settings: dict[str, str]) -> None:
    status, output, errors = run_gunicorn(settings, "--print-config")

    assert status == 0
    assert settings["DATABASE_URL"] not in output + errors


@pytest.mark.parametrize(
    ("port", "address"),
    [
        pytest.param("", "127.0.0.1:8000", id="PORT is not set"),
        pytest.param(
            "9000",
            # This address accepts IPv4 as well.
            "[::]:9000" if has_dualstack_ipv6() else "0.0.0.0:9000",
            id="PORT is set",
        ),
    ],
)
def test_server_listens_on_other_interfaces_only_if_port_is_set(
    settings: dict[str, str], port: str, address: str
) -> None:
    _, output, _ = run_gunicorn({**settings, "PORT": port}, "--print-config")

    assert re.findall(r"^bind += \['(.+)'\]", output, re.MULTILINE) == [address]


def test_invalid_settings_stop_a_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LOG_LEVEL", "hunter2")

    with pytest.raises(SystemExit, match=r"^Error: LOG_LEVEL: "):
        settings_for_workers()


def test_reload_with_invalid_settings_keeps_the_previous_ones(
    environment: pytest.MonkeyPatch, log: Log
) -> None:
    environment.setenv("LOG_LEVEL", "ERROR")
    settings_for_workers()
    environment.setenv("LOG_LEVEL", "hunter2")

    settings = settings_for_workers()

    [event] = [event for event in log() if event["event"] == "settings_rejected"]
    assert settings["LOG_LEVEL"] == "ERROR"
    assert event["problem"].startswith("LOG_LEVEL: ")
    assert "hunter2" not in event["problem"]


def test_reload_uses_changed_settings(environment: pytest.MonkeyPatch) -> None:
    settings_for_workers()
    environment.setenv("WEB_THREADS", "7")

    assert settings_for_workers()["WEB_THREADS"] == "7"


def test_validation_does_not_change_this_process(settings: dict[str, str]) -> None:
    before = dict(os.environ)

    validate_in_subprocess(settings)

    assert dict(os.environ) == before


def test_validation_creates_the_application(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=r"^DATABASE_URL: this database "):
        validate_in_subprocess({**settings, "DATABASE_URL": "nosuch://db/qa"})
