"""Requests at a constant rate, and what became of each."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.servers import status

LONGEST_SECONDS = 600


@contextmanager
def constant_load(address: str, per_second: int) -> Iterator[list[int]]:
    """Ask for a page until the end of the block; yield the statuses so far, 0 for a lost one."""
    statuses: list[int] = []
    is_over = threading.Event()

    def send_all() -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(100) as threads:
            for number in range(LONGEST_SECONDS * per_second):
                if is_over.wait(max(0, began + number / per_second - time.monotonic())):
                    break
                threads.submit(lambda: statuses.append(status(address, seconds=60)))

    sender = threading.Thread(target=send_all)
    sender.start()
    try:
        yield statuses
    finally:
        is_over.set()
        sender.join()
