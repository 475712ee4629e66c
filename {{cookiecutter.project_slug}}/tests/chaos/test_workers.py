"""Gunicorn's processes: one is killed, all are replaced, or the service is told to stop."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.clients import Client, crowd, wait_for_more
from tests.chaos.installation import Installation
from tests.servers import Server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

WORKERS = 4
THREADS = 4
SLOW = "tests.chaos.slow_app:slow_app()"


@pytest.fixture
def visitor(spare: Installation, client: Client) -> Iterator[Client]:
    """Run a gunicorn for one test alone, and go there."""
    sizes = (f"--workers={WORKERS}", f"--threads={THREADS}")
    with spare.serve(*sizes) as server:
        wait_until(lambda: len(server.workers()) == WORKERS)
        yield client.at(server)


def test_a_worker_that_is_killed_takes_no_post_with_it(visitor: Client) -> None:
    """Z24, Z31: only what it was just answering is cut, and soon there is another worker."""
    server = visitor.server
    with crowd(visitor):
        os.kill(server.workers()[0], signal.SIGKILL)
        wait_until(lambda: len(server.workers()) == WORKERS + 1, seconds=2)
        wait_for_more(visitor, 50)

    assert visitor.statuses() <= {0, 201}
    assert visitor.complaints(may_be_cut=THREADS) == []


def test_a_reload_under_load_is_not_noticed(visitor: Client) -> None:
    """New workers take over before the old ones go."""
    server = visitor.server
    with crowd(visitor):
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.log().count("Worker exiting") == WORKERS)

    assert len(server.workers()) == 2 * WORKERS
    assert visitor.statuses() == {201}
    assert visitor.complaints() == []


def stop_in_flight(server: Server) -> tuple[int, str]:
    """Tell the server to stop while it answers a slow request; return status and text of that."""
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(server.get, "/slow")
        wait_until(lambda: "in flight" in server.log())
        server.process.send_signal(signal.SIGTERM)
        return answer.result()


def test_a_request_in_flight_ends_well(spare: Installation) -> None:
    """R7.08, Z26; F07: nobody on this machine may say what the scheme is."""
    with spare.serve(app=SLOW, PROXY_HOPS="0") as server:
        answer = stop_in_flight(server)

        assert (answer, server.process.wait(30)) == ((200, "http"), 0)


def test_a_request_longer_than_the_grace_is_cut(spare: Installation) -> None:
    """Z27."""
    with spare.serve("--graceful-timeout=1", app=SLOW) as server:
        answer = stop_in_flight(server)

        assert (answer, server.process.wait(30)) == ((0, ""), 0)
