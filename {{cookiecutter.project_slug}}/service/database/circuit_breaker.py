"""A circuit breaker: while the database server does not respond, requests fail immediately.

Otherwise every request would occupy a thread until its attempt to connect times out, and no thread
would be left for the health checks (https://martinfowler.com/bliki/CircuitBreaker.html).
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

RETRY_SECONDS = 1
# An attempt to connect does not take longer, because of the timeouts of the drivers.
ATTEMPT_SECONDS = 10


class CircuitOpenError(PoolTimeoutError):
    """The server did not respond to another thread a moment ago."""


class CircuitBreaker:
    """Lets only one thread connect after a timeout, until the server responds again."""

    def __init__(
        self,
        engine: Engine,
        is_timeout: Callable[[BaseException], bool],
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        """Watch the connections of an engine.

        `is_timeout` returns whether an error of the driver means that the server did not respond.
        """
        self.is_timeout = is_timeout
        self.retry_seconds = retry_seconds
        self.lock = Lock()
        # When the next thread may connect; `None` while the server responds.
        self.retry_at: float | None = None
        event.listen(engine, "handle_error", self.record_error)
        event.listen(engine, "do_connect", self.check)
        event.listen(engine, "connect", self.close)

    def record_error(self, context: ExceptionContext) -> None:
        """Open the circuit after a timeout. If an attempt to connect fails otherwise, close it."""
        if self.is_timeout(context.original_exception):
            self.retry_at = monotonic() + self.retry_seconds
        elif context.connection is None:
            self.close()

    def check(self, *_arguments: object) -> None:
        """Raise `CircuitOpenError` unless the circuit is closed or it is time to try again."""
        with self.lock:
            if self.retry_at is None:
                return
            if monotonic() < self.retry_at:
                raise CircuitOpenError
            # The other threads fail until this one has tried.
            self.retry_at = monotonic() + ATTEMPT_SECONDS

    def close(self, *_arguments: object) -> None:
        """Close the circuit, because the server responds."""
        self.retry_at = None
