"""The production server, as `gunicorn.conf.py` sets it: real processes and real signals."""

import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from flask import Flask, request

from service import create_app
from service.config import ROOT
from service.core.logs import log

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Gunicorn needs a system of another kind."),
]

SLOW_SECONDS = 2
# Even for root, nothing can be written there.
NO_HOME = "/dev/null/home"


def slow_app() -> Flask:
    """Make the service with a page that takes its time, for gunicorn to load."""
    app = create_app()

    @app.get("/slow")
    def slow() -> str:
        log.info("in flight")
        time.sleep(SLOW_SECONDS)
        return request.scheme

    return app


@dataclass(frozen=True)
class Server:
    """A running gunicorn."""

    process: "subprocess.Popen[bytes]"
    port: int
    log_file: Path

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a page; status 0 where the connection was cut."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"X-Forwarded-Proto": "https"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, HTTPException):
            return 0, ""
        finally:
            connection.close()

    def log(self) -> str:
        """Return what has been logged so far."""
        return self.log_file.read_text(encoding="utf-8")

    def workers(self) -> list[int]:
        """Return the process of each worker that was ever started, in that order."""
        return [int(pid) for pid in re.findall(r"worker with pid: (\d+)", self.log())]

    def stop_in_flight(self) -> tuple[int, str]:
        """Send SIGTERM while a slow request is in flight; return its status and text."""
        with ThreadPoolExecutor() as threads:
            answer: Future[tuple[int, str]] = threads.submit(self.get, "/slow")
            wait_until(lambda: "in flight" in self.log())
            self.process.send_signal(signal.SIGTERM)
            return answer.result()


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that comes soon; fail where it does not."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def serve(folder: Path, *options: str, **environment: str) -> Iterator[Server]:
    """Run gunicorn until the end of the block; by then it answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "tests.test_gunicorn:slow_app()", *options]
    log_file = folder / "log"
    with log_file.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603  # The words are ours.
            [*command, f"--bind=127.0.0.1:{port}"],
            cwd=ROOT,
            env={**os.environ, "HOME": NO_HOME, "LOG_FORMAT": "json", **environment},
            stderr=errors,
        )
    server = Server(process, port, log_file)
    try:
        wait_until(lambda: process.poll() is not None or server.get("/healthz")[0] == 200)
        yield server
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def tables(app: Flask, settings: dict[str, str]) -> dict[str, str]:
    """Name the settings that lead to tables which are there."""
    del app
    return settings


def test_a_request_in_flight_ends_well(tmp_path: Path, settings: dict[str, str]) -> None:
    """R7.08, Z26; F07: nobody on this machine may say what the scheme is."""
    with serve(tmp_path, **settings) as server:
        answer = server.stop_in_flight()

        assert (answer, server.process.wait(30)) == ((200, "http"), 0)


def test_a_request_longer_than_the_grace_is_cut(tmp_path: Path, settings: dict[str, str]) -> None:
    """Z27."""
    with serve(tmp_path, "--graceful-timeout=1", **settings) as server:
        answer = server.stop_in_flight()

        assert (answer, server.process.wait(30)) == ((0, ""), 0)


def test_a_home_that_is_read_only_troubles_nobody(tmp_path: Path, settings: dict[str, str]) -> None:
    """R7.07, Z60: a control socket would be refused there, with an error."""
    with serve(tmp_path, **settings) as server:
        lines = server.log().splitlines()

    assert lines
    assert [line for line in lines if '"level": "info"' not in line] == []


def test_a_killed_worker_is_replaced(tmp_path: Path, tables: dict[str, str]) -> None:
    """Z24, Z31: four workers share no connection to the database."""
    with serve(tmp_path, "--workers=4", **tables) as server:
        wait_until(lambda: len(server.workers()) == 4)
        os.kill(server.workers()[0], signal.SIGKILL)
        wait_until(lambda: len(server.workers()) == 5, seconds=2)
        with ThreadPoolExecutor(16) as threads:
            answers = threads.map(server.get, ["/api/v1/questions"] * 80)

            assert {status for status, _ in answers} == {200}


def test_a_word_that_makes_no_sense_stops_the_start(settings: dict[str, str]) -> None:
    """R2.02."""
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn"],
        cwd=ROOT,
        env={**os.environ, **settings, "WEB_THREADS": "hunter2"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert re.fullmatch(r"Error: WEB_THREADS: [^\n]+\n", done.stderr)
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("port", "bind"), [("", "127.0.0.1:8000"), ("9000", "0.0.0.0:9000")], ids=["not said", "said"]
)
def test_only_a_port_that_is_said_is_open_to_others(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], port: str, bind: str
) -> None:
    for name, value in {**settings, "PORT": port}.items():
        monkeypatch.setenv(name, value)

    assert runpy.run_path(str(ROOT / "gunicorn.conf.py"))["bind"] == bind
