"""A gunicorn worker is killed, all workers are replaced, or the service is stopped."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.clients import Client, concurrent_writes, wait_for_posts
from tests.chaos.installation import Installation
from tests.servers import Server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

WORKERS = 4
THREADS = 4
TIMEOUT_SECONDS = 60
SLOW_APP = "tests.chaos.slow_app:slow_app()"


@pytest.fixture
def visitor(installation_copy: Installation, client: Client) -> Iterator[Client]:
    """Yield a client of a gunicorn that only this test uses."""
    options = (f"--workers={WORKERS}", f"--threads={THREADS}")
    # On a slow machine, a request may wait long for the write lock.
    with installation_copy.serve(*options, DB_STATEMENT_TIMEOUT_SECONDS="60") as server:
        wait_until(lambda: len(server.workers()) == WORKERS)
        yield client.for_server(server)


def test_killed_worker_loses_no_post_and_is_replaced(visitor: Client) -> None:
    server = visitor.server
    with concurrent_writes(visitor):
        os.kill(server.workers()[0], signal.SIGKILL)
        wait_until(lambda: len(server.workers()) == WORKERS + 1)
        wait_for_posts(visitor, 50)

    assert visitor.statuses() <= {0, 201}
    # Only the requests of the killed worker end without a response.
    assert visitor.failures(allowed_disconnects=THREADS) == []


def test_reload_under_load_loses_no_request(visitor: Client) -> None:
    server = visitor.server
    with concurrent_writes(visitor):
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.log().count("Worker exiting") == WORKERS)

    assert len(server.workers()) == 2 * WORKERS
    assert visitor.statuses() == {201}
    assert visitor.failures() == []


def stop_during_request(server: Server) -> tuple[int, str]:
    """Stop the server during a slow request; return the status and the text of the response."""
    with ThreadPoolExecutor() as threads:
        response = threads.submit(server.get, "/slow")
        wait_until(lambda: "slow_request_started" in server.log())
        server.process.send_signal(signal.SIGTERM)
        return response.result()


def test_request_in_progress_is_completed_before_the_stop(
    installation_copy: Installation,
) -> None:
    # Without a trusted proxy, the client's X-Forwarded-Proto must not change the scheme.
    with installation_copy.serve(app=SLOW_APP, PROXY_HOPS="0") as server:
        response = stop_during_request(server)

        assert (response, server.process.wait(TIMEOUT_SECONDS)) == ((200, "http"), 0)


def test_request_longer_than_the_graceful_timeout_is_disconnected(
    installation_copy: Installation,
) -> None:
    with installation_copy.serve("--graceful-timeout=1", app=SLOW_APP) as server:
        response = stop_during_request(server)

        assert (response, server.process.wait(TIMEOUT_SECONDS)) == ((0, ""), 0)
