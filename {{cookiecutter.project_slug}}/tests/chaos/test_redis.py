"""The Redis in which the limits are counted goes away."""

import re
import socket
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from signal import SIGKILL, SIGSTOP

import pytest

from service.core.counts import SECONDS_APART
from tests.chaos.clients import Client
from tests.chaos.installation import Installation
from tests.chaos.programs import Program, find, need
from tests.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.chaos]


class Redis(Program):
    """A Redis of our own."""

    def command(self) -> Sequence[str]:
        """Return the words that start it."""
        program = find("redis-server", "redis-server")
        return [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]

    def answers(self) -> bool:
        """Return whether it lets us in."""
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """Start a Redis."""
    if not find_spec("redis"):
        need("the library redis (uv sync --inexact --extra redis)")
    redis = Redis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


@pytest.fixture
def counted(spare: Installation, redis: Redis) -> Iterator[Server]:
    """Run gunicorn with the limits on, which are counted there."""
    address = f"redis://127.0.0.1:{redis.port}"
    limits = {"RATELIMIT_ENABLED": "1", "RATELIMIT_STORAGE_URI": address}
    with spare.serve("--workers=1", **limits) as server:
        yield server


@pytest.mark.parametrize(
    "fault", [pytest.param(SIGKILL, id="killed"), pytest.param(SIGSTOP, id="says nothing")]
)
def test_a_redis_that_goes_away_is_done_without_and_found_again(
    counted: Server, redis: Redis, client: Client, fault: int
) -> None:
    """Z56: the limits hold meanwhile, for each process by itself."""
    visitor = client.at(counted)
    before = visitor.ask()
    redis.signal(fault)
    during = visitor.ask()
    next(_ for _ in count() if visitor.ask() == 429)
    redis.kill()
    redis.start()
    time.sleep(SECONDS_APART)
    visitor.ask()

    assert (before, during) == (201, 201)
    assert max(reply.seconds for reply in visitor.replies) < 2
    assert re.findall("ratelimit_storage_[a-z]+", counted.log()) == [
        "ratelimit_storage_unavailable",
        "ratelimit_storage_available",
    ]
    assert visitor.complaints() == []
