"""A standard error for the server that never makes it wait for the reader of the log."""

import atexit
import os
import sys
from collections.abc import Callable
from io import TextIOBase
from queue import SimpleQueue
from threading import Thread, current_thread
from time import sleep

import structlog

log = structlog.get_logger()

# A few megabytes in each process.
MAX_WAITING_LINES = 5_000
RETRY_SECONDS = 0.5
# A process that ends waits this long until its last lines are written.
EXIT_SECONDS = 2


class LogStream(TextIOBase):
    """A text stream that writes to a file descriptor in a background thread.

    `write` neither waits nor fails. While the reader of the log does not read or has ended, or the
    disk is full, lines wait in memory. If too many wait, further lines are dropped; their number is
    logged as `log_lines_dropped` when writing works again.

    A process that forks must call `start` in the child, and one that ends must call `finish`.
    """

    encoding = "utf-8"
    # Called for each dropped line.
    on_drop: Callable[[], None] | None = None

    def __init__(self, descriptor: int) -> None:
        """Start to write to the file descriptor."""
        self.descriptor = descriptor
        self.start()

    def start(self) -> None:
        """Start the thread of this process. The lines that wait in its parent stay there."""
        self.dropped = 0
        # Unlike `Queue`, it may be used by a signal handler that interrupts another use.
        self.waiting: SimpleQueue[str | None] = SimpleQueue()
        self.writer = Thread(target=self.write_waiting, name="log", daemon=True)
        self.writer.start()

    def finish(self) -> None:
        """Stop the thread, after the waiting lines or after `EXIT_SECONDS`."""
        self.waiting.put(None)
        self.writer.join(EXIT_SECONDS)

    def write(self, text: str) -> int:
        """Pass the text to the thread; drop it if too many lines wait."""
        if self.waiting.qsize() < MAX_WAITING_LINES or current_thread() is self.writer:
            self.waiting.put(text)
        else:
            self.dropped += 1
            if self.on_drop:
                self.on_drop()
        return len(text)

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self.descriptor

    def isatty(self) -> bool:
        """Return whether the file descriptor is a terminal."""
        return os.isatty(self.descriptor)

    def write_waiting(self) -> None:
        """Write the waiting lines until `finish` is called, and log how many were dropped."""
        reported = 0
        for text in iter(self.waiting.get, None):
            write_all(self.descriptor, text.encode(errors="backslashreplace"))
            if self.dropped > reported and self.waiting.empty():
                dropped = self.dropped
                log.error("log_lines_dropped", lines=dropped - reported)
                reported = dropped


def write_all(descriptor: int, data: bytes) -> None:
    """Write the data, and try again while that fails."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except OSError:
            sleep(RETRY_SECONDS)


def replace_stderr() -> None:
    """Make `sys.stderr` a `LogStream`, unless it is one or standard error is closed."""
    if sys.stderr and not isinstance(sys.stderr, LogStream):
        stream = sys.stderr = LogStream(sys.stderr.fileno())
        os.register_at_fork(after_in_child=stream.start)
        atexit.register(stream.finish)
