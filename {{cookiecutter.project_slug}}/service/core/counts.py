"""How often a client did something in this minute: counted for all processes, or in each.

The storage that processes share may go away. Then each counts for itself, and looks again after
some seconds.
"""

from collections.abc import Callable
from math import ceil
from threading import Lock
from time import monotonic
from typing import Protocol

from service.core.logs import log

MINUTE_SECONDS = 60
SECONDS_APART = 5


class StorageAwayError(Exception):
    """The storage does not answer; its cause tells why."""


class Storage(Protocol):
    """Where it is counted by the minute, which begins with what is counted first."""

    def count(self, key: str) -> tuple[int, int]:
        """Count one more; return how many it were in this minute, and the seconds left of it.

        Raise StorageAwayError where that cannot be.
        """

    def answers(self) -> bool:
        """Return whether it is there."""


class Memory:
    """Counts of this process alone."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Begin with nothing, by a clock that is never set."""
        self.clock = clock
        self.lock = Lock()
        self.minutes: dict[str, tuple[float, int]] = {}
        self.forgets_at = clock() + MINUTE_SECONDS

    def count(self, key: str) -> tuple[int, int]:
        """Count one more, as every storage does."""
        with self.lock:
            now = self.clock()
            if now >= self.forgets_at:
                self._forget(now)
            ends_at, before = self.minutes.get(key, (0.0, 0))
            if now >= ends_at:
                ends_at, before = now + MINUTE_SECONDS, 0
            self.minutes[key] = ends_at, before + 1
        return before + 1, ceil(ends_at - now)

    def answers(self) -> bool:
        """Return that it is always there."""
        return True

    def _forget(self, now: float) -> None:
        """Forget the minutes that have ended: nobody may come back to count in them."""
        self.minutes = {key: minute for key, minute in self.minutes.items() if minute[0] > now}
        self.forgets_at = now + MINUTE_SECONDS


class Counts:
    """Counts in a storage, and in the memory of this process while that is away."""

    def __init__(self, shared: Storage, clock: Callable[[], float] = monotonic) -> None:
        """Count in the storage."""
        self.clock = clock
        self.shared = shared
        self.own = Memory(clock)
        self.lock = Lock()
        self.is_apart = False
        self.shared_again_at = 0.0

    def seconds_to_wait(self, name: str, per_minute: int, client: str) -> int:
        """Count one more; return 0, or the seconds until the client may do this again."""
        count, seconds = self._count(f"limits/{name}/{client}")
        return 0 if count <= per_minute else seconds

    def _count(self, key: str) -> tuple[int, int]:
        if not self._stays_apart():
            try:
                counted = self.shared.count(key)
            except StorageAwayError as error:
                self._go_apart(error)
            else:
                self._come_together()
                return counted
        return self.own.count(key)

    def _stays_apart(self) -> bool:
        with self.lock:
            if self.clock() < self.shared_again_at:
                return True
            if self.is_apart:
                # This request looks whether the storage is back, and no other one meanwhile.
                self.shared_again_at = self.clock() + SECONDS_APART
            return False

    def _go_apart(self, error: StorageAwayError) -> None:
        with self.lock:
            if not self.is_apart:
                # Without its words, which may hold an address.
                reason = type(error.__cause__).__name__
                log.error("ratelimit_storage_unavailable", reason=reason)
            self.is_apart = True
            self.shared_again_at = self.clock() + SECONDS_APART

    def _come_together(self) -> None:
        if not self.is_apart:
            return
        with self.lock:
            self.is_apart = False
            self.shared_again_at = 0.0
        log.info("ratelimit_storage_available")
