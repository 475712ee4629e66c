"""Database servers and development servers for the tests."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NoReturn
from uuid import uuid4

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy_utils import drop_database

MYSQL = {
    "DB_PROTOCOL": "mysql+pymysql",
    "DB_USER": os.environ.get("TEST_MYSQL_USER", "root"),
    "DB_PASSWORD": os.environ.get("TEST_MYSQL_PASSWORD", ""),
    "DB_HOST": os.environ.get("TEST_MYSQL_HOST", "127.0.0.1"),
    "DB_PORT": os.environ.get("TEST_MYSQL_PORT", "3306"),
}
POSTGRESQL = {
    "DB_PROTOCOL": "postgresql+psycopg",
    "DB_USER": os.environ.get("TEST_POSTGRESQL_USER", "postgres"),
    "DB_PASSWORD": os.environ.get("TEST_POSTGRESQL_PASSWORD", ""),
    "DB_HOST": os.environ.get("TEST_POSTGRESQL_HOST", "127.0.0.1"),
    "DB_PORT": os.environ.get("TEST_POSTGRESQL_PORT", "5432"),
}
# The longest wait, so that no test hangs; enough for a busy machine.
LIMIT_SECONDS = 120
SERVERS = {"mysql": MYSQL, "postgresql": POSTGRESQL}


def skip_or_fail(missing: str) -> NoReturn:
    """Skip the test because a requirement is missing; in CI, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{missing} is required in CI.")
    pytest.skip(f"{missing} is not available.")


def database_url(server: Mapping[str, str], database: str | None) -> URL:
    """Return the URL of a database on a server."""
    return URL.create(
        server["DB_PROTOCOL"],
        server["DB_USER"],
        server["DB_PASSWORD"] or None,
        server["DB_HOST"],
        int(server["DB_PORT"]),
        database,
    )


@contextmanager
def temporary_database(kind: str) -> Iterator[dict[str, str]]:
    """Yield the settings of a database that does not exist yet; drop it after the block."""
    if kind == "sqlite":
        yield {}
        return
    server = SERVERS[kind]
    name = f"flask_qa_{uuid4().hex[:12]}"
    if not can_connect(database_url(server, "postgres" if kind == "postgresql" else None)):
        skip_or_fail(f"A {kind} server at {server['DB_HOST']}:{server['DB_PORT']}")
    try:
        yield {**server, "DB_DATABASE": name}
    finally:
        if can_connect(database_url(server, name)):
            drop_database(database_url(server, name))


def can_connect(url: URL) -> bool:
    """Return whether the database server accepts a connection."""
    try:
        with create_engine(url, poolclass=NullPool).connect():
            return True
    except OperationalError:
        return False


@contextmanager
def temporary_redis() -> Iterator[str]:
    """Yield the URL of a Redis server without data; stop it after the block."""
    program = shutil.which("redis-server") or skip_or_fail("redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: is_open(port))
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()


def is_open(port: int) -> bool:
    """Return whether a program listens on the port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port that no program listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def run_development_server(project: Any, **environment: str) -> Iterator[str]:
    """Run the development server of a project during the block; yield its address."""
    port = free_port()
    log_file = project.path.parent / "server.log"
    with log_file.open("a", encoding="utf-8") as log:
        command = ("flask", "--app", "service", "run", "--port", str(port))
        server = project.start(*command, stdout=log, **environment)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: server.poll() is not None or status(f"{address}/healthz") == 200)
        assert server.poll() is None, log_file.read_text(encoding="utf-8")
        yield address
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=LIMIT_SECONDS)


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until the condition is true; fail after `LIMIT_SECONDS`."""
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)


def status(address: str) -> int:
    """Return the HTTP status of a page, 0 if there is no response."""
    try:
        with urllib.request.urlopen(address, timeout=LIMIT_SECONDS) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
