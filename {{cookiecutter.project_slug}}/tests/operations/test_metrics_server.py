"""The metrics server, in a real gunicorn with two workers."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest

from service.operations import metrics_server
from tests.conftest import Log
from tests.servers import Server, free_port, serve, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Gunicorn does not run on Windows."),
]

TIMEOUT_SECONDS = 60


@pytest.fixture(scope="module")
def port() -> int:
    """Return a free port for the metrics."""
    return free_port()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str], port: int
) -> Iterator[Server]:
    """Yield a running gunicorn with two workers and metrics."""
    folder = tmp_path_factory.mktemp("server")
    with serve(folder, {**settings, "METRICS_PORT": str(port)}, "--workers=2") as server:
        wait_until(lambda: len(server.workers()) >= 2, TIMEOUT_SECONDS)
        yield server


def request_count(port: int) -> int:
    """Return the number of requests to unknown paths in the metrics."""
    url = f"http://127.0.0.1:{port}/metrics"
    with urlopen(url, timeout=TIMEOUT_SECONDS) as page:
        text = page.read().decode()
    found = re.search(r'duration_seconds_count{.*route="none",status="404"} ([0-9.]+)', text)
    return int(float(found[1])) if found else 0


def send_requests(server: Server, times: int) -> None:
    """Request an unknown path several times."""
    for _ in range(times):
        assert server.get("/nowhere")[0] == 404


def test_requests_of_all_workers_are_counted(server: Server, port: int) -> None:
    before = request_count(port)

    send_requests(server, 40)

    assert {request_count(port) for _ in range(10)} == {before + 40}


def test_requests_of_a_killed_worker_still_count(server: Server, port: int) -> None:
    before = request_count(port)
    send_requests(server, 20)
    workers = server.workers()
    for worker in workers[-2:]:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(server.workers()) >= len(workers) + 2, TIMEOUT_SECONDS)
    wait_until(lambda: server.get("/healthz")[0] == 200, TIMEOUT_SECONDS)

    send_requests(server, 20)

    assert request_count(port) == before + 40


def test_metrics_are_not_served_on_the_port_of_the_service(server: Server) -> None:
    assert server.get("/metrics")[0] == 404


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]"])
def test_metrics_are_served_over_ipv4_and_ipv6(server: Server, port: int, address: str) -> None:
    if address == "[::1]" and not socket.has_dualstack_ipv6():
        pytest.skip("LEFT OUT: IPv6 is missing.")
    send_requests(server, 1)

    with urlopen(f"http://{address}:{port}/metrics", timeout=TIMEOUT_SECONDS) as page:
        assert b"http_request_duration_seconds_count{" in page.read()


def test_port_in_use_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Log) -> None:
    monkeypatch.setenv(metrics_server.FOLDER_VARIABLE, str(tmp_path))
    with socket.socket(metrics_server.SharedPortServer.address_family) as listener:
        listener.bind((metrics_server.ANY_HOST, 0))
        listener.listen()
        port_in_use = listener.getsockname()[1]

        metrics_server.serve_metrics(port_in_use)

    [event] = log()
    assert (event["event"], event["port"]) == ("metrics_unavailable", port_in_use)


def test_new_worker_reuses_the_number_of_one_that_has_ended() -> None:
    workers = {1: SimpleNamespace(metrics_number=0), 3: SimpleNamespace(metrics_number=2)}
    new = SimpleNamespace()

    metrics_server.pre_fork(SimpleNamespace(WORKERS=workers), new)

    assert new.metrics_number == 1


def test_folder_is_removed_when_gunicorn_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(metrics_server.FOLDER_VARIABLE, "")
    metrics_server.make_folder(str(tmp_path))
    before = list(tmp_path.iterdir())

    metrics_server.on_exit(None)

    assert len(before) == 1
    assert list(tmp_path.iterdir()) == []
