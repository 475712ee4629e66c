"""The file `.env` is invalid, before the start or while the service is running."""

import os
import re
import signal
from collections.abc import Iterator

import pytest

from tests.chaos.clients import Client
from tests.chaos.installation import Installation
from tests.servers import Server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

TIMEOUT_SECONDS = 60
INVALID_LINES = [
    pytest.param(b"DATABASE_URL hunter2", id="no equals sign"),
    pytest.param(b"DATABASE_URL='hunter2", id="unclosed quote"),
    pytest.param("DATABASE_URL=hunter2".encode("utf-16"), id="UTF-16"),
    pytest.param(b"DATABASE_URL=hunter\0002", id="NUL"),
    pytest.param(b"DATABASE_URL=nosuch://hunter2@db/qa", id="no driver"),
]


def append_line(installation: Installation, line: bytes) -> None:
    """Append a line to `.env`."""
    with installation.dotenv.open("ab") as file:
        file.write(line + b"\n")


@pytest.mark.parametrize("line", INVALID_LINES)
def test_invalid_settings_stop_the_start_with_one_line(
    installation_copy: Installation, line: bytes
) -> None:
    append_line(installation_copy, line)

    with installation_copy.serve() as server:
        assert server.process.wait(TIMEOUT_SECONDS) == 1
        assert re.fullmatch(r"Error: [^\n]+\n", server.log())
        assert "hunter2" not in server.log()


@pytest.fixture
def reloadable_server(installation_copy: Installation) -> Iterator[Server]:
    """Yield a running gunicorn with two workers, which the test may reload."""
    with installation_copy.serve("--workers=2") as server:
        wait_until(lambda: len(server.workers()) == 2)
        yield server


@pytest.mark.parametrize("line", INVALID_LINES[-2:])
def test_reload_with_invalid_settings_keeps_the_previous_ones(
    installation_copy: Installation, reloadable_server: Server, client: Client, line: bytes
) -> None:
    visitor = client.for_server(reloadable_server)
    append_line(installation_copy, line)
    reloadable_server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: reloadable_server.log().count("Worker exiting") == 2)

    assert visitor.ask() == 201
    assert '"event": "settings_rejected"' in reloadable_server.log()
    assert "hunter2" not in reloadable_server.log()


def test_worker_is_replaced_while_the_settings_are_invalid(
    installation_copy: Installation, reloadable_server: Server, client: Client
) -> None:
    visitor = client.for_server(reloadable_server)
    append_line(installation_copy, b"DATABASE_URL hunter2")
    for worker in reloadable_server.workers():
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(reloadable_server.workers()) == 4)

    assert visitor.ask() == 201


def test_reload_applies_corrected_settings(
    installation_copy: Installation, reloadable_server: Server, client: Client
) -> None:
    valid = installation_copy.dotenv.read_bytes()
    append_line(installation_copy, b"DATABASE_URL hunter2")
    reloadable_server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: reloadable_server.log().count("Worker exiting") == 2)
    installation_copy.dotenv.write_bytes(valid + b"TRUSTED_HOSTS=elsewhere.example\n")
    reloadable_server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: reloadable_server.log().count("Worker exiting") == 4)

    assert client.for_server(reloadable_server).ask() == 400
