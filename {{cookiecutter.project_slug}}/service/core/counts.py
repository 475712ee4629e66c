"""Where it is counted what a client did in this minute: in a Redis for all processes, or in each.

Redis may go away. Then each process counts for itself, and looks again after some seconds.
"""

from collections.abc import Callable
from math import ceil
from threading import Lock
from time import monotonic, time
from typing import cast

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from service.core.logs import log

# A Redis is near. A request does not wait for one that says nothing.
TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
SECONDS_APART = 5


class Counts:
    """Counts by the minute, which begins with what is counted first."""

    def __init__(self, storage: Storage, clock: Callable[[], float] = monotonic) -> None:
        """Count in the storage; in the memory of this process where it does not answer."""
        self.clock = clock
        self.shared = FixedWindowRateLimiter(storage)
        self.own = FixedWindowRateLimiter(MemoryStorage())
        self.lock = Lock()
        self.is_apart = False
        self.shared_again_at = 0.0

    def seconds_to_wait(self, name: str, per_minute: int, client: str) -> int:
        """Count one more; return 0, or the seconds until the client may do this again."""
        limit = RateLimitItemPerMinute(per_minute)
        if not self._stays_apart():
            try:
                seconds = _seconds_to_wait(self.shared, limit, name, client)
            except StorageError as error:
                self._go_apart(error)
            else:
                self._come_together()
                return seconds
        return _seconds_to_wait(self.own, limit, name, client)

    def _stays_apart(self) -> bool:
        with self.lock:
            if self.clock() < self.shared_again_at:
                return True
            if self.is_apart:
                # This request looks whether the storage is back, and no other one meanwhile.
                self.shared_again_at = self.clock() + SECONDS_APART
            return False

    def _go_apart(self, error: StorageError) -> None:
        with self.lock:
            if not self.is_apart:
                # Without its words, which may hold an address.
                reason = type(error.storage_error).__name__
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


def counts_at(address: str) -> Counts:
    """Return the counts at an address: `memory://`, or that of a Redis. Nothing is sent yet."""
    options = TIMEOUTS if address.startswith("redis") else {}
    storage = storage_from_string(address, wrap_exceptions=True, **options)
    return Counts(cast(Storage, storage))


def _seconds_to_wait(
    limiter: FixedWindowRateLimiter, limit: RateLimitItemPerMinute, name: str, client: str
) -> int:
    if limiter.hit(limit, name, client):
        return 0
    ends_at = limiter.get_window_stats(limit, name, client).reset_time
    seconds = max(1, ceil(ends_at - time()))
    if seconds > limit.get_expiry():
        # The clock was set back. A minute is a minute all the same.
        limiter.clear(limit, name, client)
        return _seconds_to_wait(limiter, limit, name, client)
    return seconds
