"""The Redis server that stores the rate limits is killed, or does not respond."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from signal import SIGKILL, SIGSTOP

import pytest

from service.board.rules import ASK_RATE_LIMIT
from tests.chaos.clients import Client
from tests.chaos.installation import Installation
from tests.chaos.programs import skip_without
from tests.chaos.redis_server import Redis
from tests.servers import Server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

# Flask-Limiter tries the storage again after 1, 2, 4, 8, 16 and 32 seconds.
RECOVERY_SECONDS = 120


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """Yield a running Redis server."""
    if not find_spec("redis"):
        skip_without("the library redis (uv sync --inexact --extra redis)")
    redis = Redis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


@contextmanager
def serve_with_rate_limits(
    installation: Installation, redis: Redis, workers: int
) -> Iterator[Server]:
    """Run gunicorn with rate limits in Redis, until the end of the block."""
    settings = {"RATELIMIT_ENABLED": "1", "RATELIMIT_STORAGE_URI": redis.url}
    with installation.serve(f"--workers={workers}", **settings) as server:
        yield server


def test_workers_share_the_rate_limits(
    installation_copy: Installation, redis: Redis, client: Client
) -> None:
    with serve_with_rate_limits(installation_copy, redis, workers=3) as server:
        visitor = client.for_server(server)
        statuses = [visitor.ask() for _ in range(ASK_RATE_LIMIT.per_minute + 1)]

    assert statuses == [201] * ASK_RATE_LIMIT.per_minute + [429]


@pytest.mark.parametrize(
    "fault", [pytest.param(SIGKILL, id="killed"), pytest.param(SIGSTOP, id="does not respond")]
)
def test_rate_limits_hold_during_a_redis_outage(
    installation_copy: Installation, redis: Redis, client: Client, fault: int
) -> None:
    with serve_with_rate_limits(installation_copy, redis, workers=1) as server:
        visitor = client.for_server(server)
        before = visitor.ask()
        redis.signal(fault)
        during = visitor.ask()
        wait_until(lambda: visitor.ask() == 429)
        redis.kill()
        redis.start()

        def has_recovered() -> bool:
            visitor.ask()
            return "ratelimit_storage_available" in server.log()

        wait_until(has_recovered, RECOVERY_SECONDS)
        failures = visitor.failures()

    assert (before, during) == (201, 201)
    assert max(reply.seconds for reply in visitor.replies) < 5
    assert re.findall("ratelimit_storage_[a-z]+", server.log()) == [
        "ratelimit_storage_unavailable",
        "ratelimit_storage_available",
    ]
    assert failures == []
