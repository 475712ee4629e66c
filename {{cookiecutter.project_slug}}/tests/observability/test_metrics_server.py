"""`/metrics` on a port of its own, from a real gunicorn with two workers."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest

from service.observability import metrics_server
from tests.conftest import Log
from tests.servers import Server, serve, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Gunicorn needs a system of another kind."),
]


@pytest.fixture(scope="module")
def port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        found: int = listener.getsockname()[1]
    return found


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str], port: int
) -> Iterator[Server]:
    """Run gunicorn with two workers."""
    folder = tmp_path_factory.mktemp("server")
    with serve(folder, {**settings, "METRICS_PORT": str(port)}, "--workers=2") as server:
        wait_until(lambda: len(server.workers()) >= 2)
        yield server


def counted(port: int) -> int:
    """Return how many requests to an unknown address the metrics tell of."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:  # Ours.
        text = page.read().decode()
    found = re.search(r'duration_seconds_count{.*route="none",status="404"} ([0-9.]+)', text)
    return int(float(found[1])) if found else 0


def ask(server: Server, times: int) -> None:
    """Ask for an unknown address, so often that each worker gets its share."""
    for _ in range(times):
        assert server.get("/nowhere")[0] == 404


def test_two_workers_are_counted_together(server: Server, port: int) -> None:
    before = counted(port)

    ask(server, 40)

    assert {counted(port) for _ in range(10)} == {before + 40}


def test_what_a_killed_worker_counted_stays(server: Server, port: int) -> None:
    before = counted(port)
    ask(server, 20)
    workers = server.workers()
    for worker in workers[-2:]:
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(server.workers()) >= len(workers) + 2)
    wait_until(lambda: server.get("/healthz")[0] == 200)

    ask(server, 20)

    assert counted(port) == before + 40


def test_the_port_of_the_service_shows_no_metrics(server: Server) -> None:
    """J01."""
    assert server.get("/metrics")[0] == 404


def test_a_port_that_is_taken_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setenv(metrics_server.FOLDER, str(tmp_path))
    with socket.socket() as listener:
        listener.bind((metrics_server.ANY_HOST, 0))
        listener.listen()
        taken = listener.getsockname()[1]

        metrics_server.answering_at(taken)(None)

    [event] = log()
    assert (event["event"], event["port"]) == ("metrics_unavailable", taken)


def test_a_new_worker_takes_the_place_of_one_that_has_ended() -> None:
    workers = {1: SimpleNamespace(metrics_place=0), 3: SimpleNamespace(metrics_place=2)}
    new = SimpleNamespace()

    metrics_server.pre_fork(SimpleNamespace(WORKERS=workers), new)

    assert new.metrics_place == 1


def test_the_folder_of_the_counts_is_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(metrics_server.FOLDER, "")
    metrics_server.make_folder(str(tmp_path))
    before = list(tmp_path.iterdir())

    metrics_server.on_exit(None)

    assert len(before) == 1
    assert list(tmp_path.iterdir()) == []
