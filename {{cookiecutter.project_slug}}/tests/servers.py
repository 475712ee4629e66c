"""Gunicorn as this project runs it, and what a client gets from it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from service.config import ROOT

SERVICE = "service:create_app()"
# Even for root, nothing can be written there.
NO_HOME = "/dev/null/home"
LONGEST_WAIT_SECONDS = 30


@dataclass(frozen=True)
class Reply:
    """What a client gets: status 0 where the connection was cut."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def json(self) -> Any:
        """Return what the text says."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Server:
    """A running gunicorn."""

    process: "subprocess.Popen[bytes]"
    port: int
    log_file: Path

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and the text of a page; status 0 where the connection was cut."""
        reply = self.send("GET", path)
        return reply.status, reply.text

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request, with a body as JSON, and return the reply."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_WAIT_SECONDS)
        everywhere = {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}
        began = time.monotonic()
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {**everywhere, **(headers or {})})
            response = connection.getresponse()
            text, told = response.read().decode(), dict(response.getheaders())
        except (OSError, HTTPException):
            return Reply(0, seconds=time.monotonic() - began)
        finally:
            connection.close()
        return Reply(response.status, text, told, time.monotonic() - began)

    def log(self) -> str:
        """Return what has been logged so far."""
        return self.log_file.read_text(encoding="utf-8")

    def workers(self) -> list[int]:
        """Return the process of each worker that was ever started, in that order."""
        return [int(pid) for pid in re.findall(r"worker with pid: (\d+)", self.log())]


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that comes soon; fail where it does not."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def end(process: "subprocess.Popen[bytes]") -> None:
    """End gunicorn at once, its workers and its files with it; kill it where it does not listen."""
    process.send_signal(signal.SIGQUIT)
    try:
        # Longer than it waits itself before it kills a worker that does not end.
        process.wait(25)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ending_with_us(words: Sequence[str]) -> list[str]:
    """Return the words that start a program which ends with the tests, even if they are killed.

    Linux sees to that. Where it is another system, the program outlives tests that are killed.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *words] if setpriv else list(words)


@contextmanager
def serve(
    log_folder: Path,
    environment: Mapping[str, str],
    *options: str,
    app: str = SERVICE,
    root: Path = ROOT,
) -> Iterator[Server]:
    """Run gunicorn until the end of the block; by then it answers, or has ended."""
    port = free_port()
    log_file = log_folder / "log"
    gunicorn = [sys.executable, "-m", "gunicorn", app, *options, f"--bind=127.0.0.1:{port}"]
    with log_file.open("ab") as errors:
        process = subprocess.Popen(  # noqa: S603  # The words are ours.
            ending_with_us(gunicorn),
            cwd=root,
            env={**os.environ, "HOME": NO_HOME, "LOG_FORMAT": "json", **environment},
            stderr=errors,
        )
    server = Server(process, port, log_file)
    try:
        wait_until(lambda: process.poll() is not None or server.get("/healthz")[0] == 200)
        yield server
    finally:
        end(process)
