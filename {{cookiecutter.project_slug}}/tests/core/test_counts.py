"""How often a client did something in this minute."""

import pytest

from service.core.counts import MINUTE_SECONDS, SECONDS_APART, Counts, Memory, StorageAwayError
from service.core.rates import storage_at
from tests.conftest import Log


class Clock:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        """Begin late enough that nothing is ahead."""
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


class Redis(Memory):
    """A storage that can go away."""

    is_away = False

    def count(self, key: str) -> tuple[int, int]:
        """Count, or raise what comes of any error."""
        if self.is_away:
            raise StorageAwayError from ConnectionError("nobody at 10.0.0.7")
        return super().count(key)


@pytest.fixture
def clock() -> Clock:
    """Make a clock."""
    return Clock()


@pytest.fixture
def redis(clock: Clock) -> Redis:
    """Make a storage that answers."""
    return Redis(clock)


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


def test_the_next_minute_begins_with_nothing(counts: Counts, clock: Clock) -> None:
    ask(counts, 3)
    clock.seconds += MINUTE_SECONDS

    assert ask(counts, 4) == [True, True, True, False]


def test_a_client_who_tries_on_does_not_wait_longer(counts: Counts, clock: Clock) -> None:
    ask(counts, 3)
    clock.seconds += MINUTE_SECONDS - 10
    ask(counts)

    assert counts.seconds_to_wait("asking", 3, "somebody") == 10


def test_the_memory_keeps_no_minute_that_has_ended(clock: Clock) -> None:
    memory = Memory(clock)
    for number in range(1000):
        memory.count(f"client {number}")
    clock.seconds += MINUTE_SECONDS

    memory.count("another")

    assert list(memory.minutes) == ["another"]


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

    counts = Counts(storage_at("redis://127.0.0.1:1"))

    assert ask(counts, 4) == [True, True, True, False]
