"""The checks of the rate limits."""

from collections.abc import Callable, Iterator

import pytest
from flask import Config, Flask

from service.web.rate_limits import limiter


def problems(app: Flask, subject: str, **settings: object) -> list[str]:
    """Return the problems that the check with this subject finds with these settings."""
    [check] = [check for check in app.extensions["checks"] if check.subject == subject]
    with app.app_context():
        return list(check.find_problems(Config("", {**app.config, **settings})))


@pytest.mark.parametrize(
    ("is_enabled", "storage", "workers", "expected_settings"),
    [
        pytest.param(True, "memory://", 2, ["RATELIMIT_STORAGE_URI"], id="memory of two workers"),
        pytest.param(True, "memory://", 1, [], id="memory of one worker"),
        pytest.param(True, "redis://localhost", 2, [], id="shared"),
        pytest.param(False, "redis://localhost", 2, ["RATELIMIT_ENABLED"], id="disabled"),
    ],
)
def test_rate_limits_must_be_enabled_and_shared_in_production(
    app: Flask, is_enabled: bool, storage: str, workers: int, expected_settings: list[str]
) -> None:
    found = problems(
        app,
        "rate limits are shared by all workers",
        APP_ENV="production",
        RATELIMIT_ENABLED=is_enabled,
        RATELIMIT_STORAGE_URI=storage,
        WEB_CONCURRENCY=workers,
    )

    assert [
        setting for problem in found for setting in expected_settings if setting in problem
    ] == expected_settings
    assert len(found) == len(expected_settings)


def test_rate_limits_may_be_local_in_development(app: Flask) -> None:
    assert problems(app, "rate limits are shared by all workers", APP_ENV="development") == []


@pytest.fixture
def app_without_redis(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """Yield an application whose Redis server cannot be reached: port 1 is reserved."""
    pytest.importorskip("redis", reason="The extra `redis` is not installed.")
    yield make_app(RATELIMIT_ENABLED="1", RATELIMIT_STORAGE_URI="redis://127.0.0.1:1")
    # Restore the limiter, which all applications of a process share.
    make_app(RATELIMIT_ENABLED="1")
    limiter.enabled = False


def test_redis_that_does_not_respond_is_a_problem(app_without_redis: Flask) -> None:
    [problem] = problems(app_without_redis, "the storage of the rate limits responds")

    assert "RATELIMIT_STORAGE_URI" in problem


def test_rate_limits_in_memory_need_no_redis_server(limited_app: Flask) -> None:
    assert problems(limited_app, "the storage of the rate limits responds") == []
