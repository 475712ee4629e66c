"""A constant rate of requests, for tests of restarts."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.servers import status

MAX_SECONDS = 600


@contextmanager
def constant_load(address: str, per_second: int) -> Iterator[list[int]]:
    """Request a page repeatedly during the block; yield a list that gets each HTTP status.

    The status is 0 if there is no response.
    """
    statuses: list[int] = []
    stop = threading.Event()

    def send_all() -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(100) as threads:
            for number in range(MAX_SECONDS * per_second):
                if stop.wait(max(0, began + number / per_second - time.monotonic())):
                    break
                threads.submit(lambda: statuses.append(status(address)))

    sender = threading.Thread(target=send_all)
    sender.start()
    try:
        yield statuses
    finally:
        stop.set()
        sender.join()
