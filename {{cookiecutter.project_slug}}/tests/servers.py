"""A gunicorn process that serves this project, and a way to send requests to it."""

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

from service.config.settings import ROOT

SERVICE = "service:create_app()"
# A home directory that does not exist and cannot be created, not even by root.
UNWRITABLE_HOME = "/dev/null/home"
# Keeps a test from hanging. A busy machine may be slow, so the limit is high.
TIMEOUT_SECONDS = 60
LISTENING_PATTERN = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Reply:
    """A response, or status 0 if the server closed the connection without one."""

    status: int
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def json(self) -> Any:
        """Return the body, parsed as JSON."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Server:
    """A running gunicorn process; its log is in `log_file`."""

    process: "subprocess.Popen[bytes]"
    port: int
    log_file: Path

    def get(self, path: str) -> tuple[int, str]:
        """Send a GET request. Return the status and the body, or status 0 without a response."""
        reply = self.send("GET", path)
        return reply.status, reply.text

    def send(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send a request and return the reply. The body, if there is one, is sent as JSON."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        defaults = {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}
        started = time.monotonic()
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {**defaults, **(headers or {})})
            response = connection.getresponse()
            text, received = response.read().decode(), dict(response.getheaders())
        except (OSError, HTTPException):
            return Reply(0, seconds=time.monotonic() - started)
        finally:
            connection.close()
        return Reply(response.status, text, received, time.monotonic() - started)

    def log(self) -> str:
        """Return the log that gunicorn has written so far."""
        return self.log_file.read_text(encoding="utf-8")

    def workers(self) -> list[int]:
        """Return the process ids of all workers, also stopped ones, in the order of their start."""
        return [int(pid) for pid in re.findall(r"worker with pid: (\d+)", self.log())]


def wait_until(condition: Callable[[], bool], seconds: float = TIMEOUT_SECONDS) -> None:
    """Wait until the condition is true; raise `AssertionError` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def free_port() -> int:
    """Return a port on which no process listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def stop_gunicorn(process: "subprocess.Popen[bytes]") -> None:
    """Stop gunicorn and its workers; kill gunicorn if it does not stop in time."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def with_parent_death_signal(command: Sequence[str]) -> list[str]:
    """Return a command whose process is killed when the test process ends, even if that is killed.

    Without `setpriv`, which only Linux has, the process outlives a killed test process.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else list(command)


@contextmanager
def serve(
    log_folder: Path,
    environment: Mapping[str, str],
    *options: str,
    app: str = SERVICE,
    root: Path = ROOT,
) -> Iterator[Server]:
    """Run gunicorn during the block. When the block begins, gunicorn responds or has exited."""
    log_file = log_folder / "log"
    gunicorn = [sys.executable, "-m", "gunicorn", app, *options, "--bind=127.0.0.1:0"]
    with log_file.open("ab") as errors:
        start = errors.tell()
        process = subprocess.Popen(  # noqa: S603  # No shell, and no input from outside.
            with_parent_death_signal(gunicorn),
            cwd=root,
            env={**os.environ, "HOME": UNWRITABLE_HOME, "LOG_FORMAT": "json", **environment},
            stderr=errors,
        )
    try:
        wait_until(lambda: process.poll() is not None or listening_port(log_file, start) > 0)
        server = Server(process, listening_port(log_file, start), log_file)
        wait_until(lambda: process.poll() is not None or server.get("/healthz")[0] == 200)
        yield server
    finally:
        stop_gunicorn(process)


def listening_port(log_file: Path, start: int) -> int:
    """Return the port that gunicorn logged after position `start`, or 0 if there is none yet."""
    listening = LISTENING_PATTERN.search(log_file.read_bytes()[start:].decode())
    return int(listening[1]) if listening else 0
