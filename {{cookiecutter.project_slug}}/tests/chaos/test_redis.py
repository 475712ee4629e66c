"""The Redis in which the limits are counted goes away."""

import re
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from signal import SIGKILL, SIGSTOP

import pytest

from service.board.rules import ASKING
from service.core.counts import SECONDS_APART
from service.core.rates import storage_at
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

    @property
    def address(self) -> str:
        """The address that the service is given."""
        return f"redis://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Return whether it lets us in."""
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def say(self, *words: str) -> None:
        """Send a command, whatever is answered."""
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(f"{' '.join(words)}\r\n".encode())
            client.recv(100)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """Start a Redis."""
    if not find_spec("redis"):
        need("the library redis (uv sync --inexact --extra redis)")
    redis = Redis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


@contextmanager
def counted(installation: Installation, redis: Redis, workers: int) -> Iterator[Server]:
    """Run gunicorn with the limits on, which are counted there."""
    limits = {"RATELIMIT_ENABLED": "1", "RATELIMIT_STORAGE_URI": redis.address}
    with installation.serve(f"--workers={workers}", **limits) as server:
        yield server


def test_all_processes_count_together(spare: Installation, redis: Redis, client: Client) -> None:
    """R6.08."""
    with counted(spare, redis, workers=3) as server:
        visitor = client.at(server)
        asked = [visitor.ask() for _ in range(ASKING.per_minute + 1)]

    assert asked == [201] * ASKING.per_minute + [429]


def test_a_clock_that_is_set_back_lets_nobody_wait_longer(redis: Redis) -> None:
    """Z32."""
    storage = storage_at(redis.address)
    counted_before = [storage.count("asking") for _ in range(2)]
    redis.say("EXPIRE", "asking", "3600")

    told = storage.count("asking")

    assert counted_before == [(1, 60), (2, 60)]
    assert told == (3, 60)
    assert storage.count("asking") == (1, 60)


@pytest.mark.parametrize(
    "fault", [pytest.param(SIGKILL, id="killed"), pytest.param(SIGSTOP, id="says nothing")]
)
def test_a_redis_that_goes_away_is_done_without_and_found_again(
    spare: Installation, redis: Redis, client: Client, fault: int
) -> None:
    """Z56: the limits hold meanwhile, for each process by itself."""
    with counted(spare, redis, workers=1) as server:
        visitor = client.at(server)
        before = visitor.ask()
        redis.signal(fault)
        during = visitor.ask()
        next(_ for _ in count() if visitor.ask() == 429)
        redis.kill()
        redis.start()
        time.sleep(SECONDS_APART)
        visitor.ask()
        complaints = visitor.complaints()

    assert (before, during) == (201, 201)
    assert max(reply.seconds for reply in visitor.replies) < 2
    assert re.findall("ratelimit_storage_[a-z]+", server.log()) == [
        "ratelimit_storage_unavailable",
        "ratelimit_storage_available",
    ]
    assert complaints == []
