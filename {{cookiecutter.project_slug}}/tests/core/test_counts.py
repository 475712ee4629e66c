"""Where it is counted what a client did in this minute."""

from time import time

import pytest
from limits.errors import StorageError
from limits.storage import MemoryStorage

from service.core.counts import SECONDS_APART, Counts, counts_at
from tests.conftest import Log


class Redis(MemoryStorage):
    """A storage that can go away."""

    is_away = False

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, or raise what the library makes of any error of its storage."""
        if self.is_away:
            raise StorageError(ConnectionError("nobody at 10.0.0.7"))
        return super().incr(key, expiry, amount)


class Clock:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        """Begin late enough that nothing is ahead."""
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


@pytest.fixture
def redis() -> Redis:
    """Make a storage that answers."""
    return Redis()


@pytest.fixture
def clock() -> Clock:
    """Make a clock."""
    return Clock()


@pytest.fixture
def counts(redis: Redis, clock: Clock) -> Counts:
    """Make counts in the storage."""
    return Counts(redis, clock)


def ask(counts: Counts, times: int = 1) -> list[bool]:
    """Ask as often, three a minute being allowed; return which were let through."""
    return [counts.seconds_to_wait("asking", 3, "somebody") == 0 for _ in range(times)]


def test_what_is_too_often_waits_for_a_minute_at_most(counts: Counts) -> None:
    """R6.08."""
    ask(counts, 3)

    assert 0 < counts.seconds_to_wait("asking", 3, "somebody") <= 60


def test_a_clock_that_is_set_back_lets_nobody_wait_longer(
    counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Z32."""
    ask(counts, 3)
    earlier = time() - 600
    monkeypatch.setattr("time.time", lambda: earlier)
    monkeypatch.setattr("service.core.counts.time", lambda: earlier)

    assert counts.seconds_to_wait("asking", 3, "somebody") <= 60


def test_each_client_and_each_name_has_a_count_of_its_own(counts: Counts) -> None:
    ask(counts, 3)

    assert counts.seconds_to_wait("asking", 3, "another") == 0
    assert counts.seconds_to_wait("searching", 3, "somebody") == 0


def test_a_process_counts_alone_while_the_storage_is_away(counts: Counts, redis: Redis) -> None:
    """Z56."""
    redis.is_away = True

    assert ask(counts, 5) == [True, True, True, False, False]


def test_an_outage_of_the_storage_is_one_line(
    counts: Counts, redis: Redis, clock: Clock, log: Log
) -> None:
    """Z56."""
    redis.is_away = True

    for _ in range(5):
        ask(counts)
        clock.seconds += SECONDS_APART

    [event] = log()
    assert event.pop("timestamp")
    assert event == {
        "event": "ratelimit_storage_unavailable",
        "level": "error",
        "reason": "ConnectionError",
    }


def test_the_storage_is_not_asked_again_at_once(counts: Counts, redis: Redis) -> None:
    redis.is_away = True
    ask(counts, 3)
    redis.is_away = False

    assert ask(counts) == [False]


def test_the_storage_counts_again_when_it_is_back(
    counts: Counts, redis: Redis, clock: Clock
) -> None:
    """Z56."""
    redis.is_away = True
    ask(counts, 3)
    redis.is_away = False
    clock.seconds += SECONDS_APART

    assert ask(counts, 4) == [True, True, True, False]


def test_one_request_alone_looks_whether_the_storage_is_back(
    counts: Counts, redis: Redis, clock: Clock
) -> None:
    redis.is_away = True
    ask(counts)
    clock.seconds += SECONDS_APART
    ask(counts)
    redis.is_away = False

    assert ask(counts, 2) == [True, False]


def test_nothing_is_sent_before_something_is_counted() -> None:
    """Z56: a service starts without its Redis."""
    pytest.importorskip("redis", reason="The extra `redis` is not installed.")

    counts = counts_at("redis://127.0.0.1:1")

    assert ask(counts, 4) == [True, True, True, False]
