"""The servers that the tests use: which run here, and databases of the tests' own on them."""

import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
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
SERVERS = {"mysql": MYSQL, "postgresql": POSTGRESQL}


def need(what: str) -> None:
    """Leave the test out on a laptop that lacks something; fail where everything must be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not here, and CI must test against it.")
    pytest.skip(f"LEFT OUT: {what} is not here.")


def address(server: Mapping[str, str], database: str | None) -> URL:
    """Return the address of a database on a server."""
    return URL.create(
        server["DB_PROTOCOL"],
        server["DB_USER"],
        server["DB_PASSWORD"] or None,
        server["DB_HOST"],
        int(server["DB_PORT"]),
        database,
    )


@contextmanager
def database_of_its_own(kind: str) -> Iterator[dict[str, str]]:
    """Yield the settings that lead to a database which is not there yet; drop it at the end."""
    if kind == "sqlite":
        yield {}
        return
    server = SERVERS[kind]
    name = f"flask_qa_{uuid4().hex[:12]}"
    if not answers(address(server, "postgres" if kind == "postgresql" else None)):
        need(f"A {kind} server at {server['DB_HOST']}:{server['DB_PORT']}")
    try:
        yield {**server, "DB_DATABASE": name}
    finally:
        drop_database(address(server, name))


def answers(url: URL) -> bool:
    """Tell whether a server lets us in."""
    try:
        with create_engine(url, poolclass=NullPool).connect():
            return True
    except OperationalError:
        return False


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(project: Any) -> Iterator[str]:
    """Run the development server of the project; yield its address once it answers."""
    port = free_port()
    with (project.path.parent / "server.log").open("a", encoding="utf-8") as log:
        server = project.start("flask", "--app", "service", "run", "--port", str(port), stdout=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            if status(f"{address}/healthz") == 200:
                break
            time.sleep(0.1)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=10)


def status(address: str, seconds: float = 5) -> int:
    """Return the status of a page; 0 where nobody answers, or not within so many seconds."""
    try:
        with urllib.request.urlopen(address, timeout=seconds) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
