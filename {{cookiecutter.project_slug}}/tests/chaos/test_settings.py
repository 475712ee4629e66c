"""An `.env` that somebody spoils, at the start or while the service runs."""

import os
import re
import signal
from collections.abc import Iterator

import pytest

from tests.chaos.clients import Client
from tests.chaos.installation import Installation
from tests.servers import Server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

GARBLED = [
    pytest.param(b"SECRET_KEY hunter2", id="no name with a value"),
    pytest.param(b"SECRET_KEY='hunter2", id="a quote that does not end"),
    pytest.param("SECRET_KEY=hunter2".encode("utf-16"), id="UTF-16"),
    pytest.param(b"SECRET_KEY=hunter\0002", id="NUL"),
    pytest.param(b"DATABASE_URL=nosuch://hunter2@db/qa", id="no driver"),
]


def spoil(installation: Installation, line: bytes) -> None:
    """Add a line to the settings."""
    with installation.dotenv.open("ab") as file:
        file.write(line + b"\n")


@pytest.mark.parametrize("line", GARBLED)
def test_settings_that_are_garbled_stop_the_start_with_a_line(
    spare: Installation, line: bytes
) -> None:
    """Z36, Z39: nobody is served."""
    spoil(spare, line)

    with spare.serve() as server:
        assert server.process.wait(10) == 1
        assert re.fullmatch(r"Error: [^\n]+\n", server.log())
        assert "hunter2" not in server.log()


@pytest.fixture
def running(spare: Installation) -> Iterator[Server]:
    """Run a gunicorn with two workers, whose settings may be spoilt."""
    with spare.serve("--workers=2") as server:
        wait_until(lambda: len(server.workers()) == 2)
        yield server


@pytest.mark.parametrize("line", GARBLED[-2:])
def test_a_reload_keeps_the_settings_of_before_where_the_new_ones_are_garbled(
    spare: Installation, running: Server, client: Client, line: bytes
) -> None:
    """Z36."""
    visitor = client.at(running)
    spoil(spare, line)
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: running.log().count("Worker exiting") == 2)

    assert visitor.ask() == 201
    assert '"event": "settings_refused"' in running.log()
    assert "hunter2" not in running.log()


def test_a_worker_is_replaced_while_the_settings_are_garbled(
    spare: Installation, running: Server, client: Client
) -> None:
    """Z36: nobody has asked for a reload, and they may just be written."""
    visitor = client.at(running)
    spoil(spare, b"SECRET_KEY hunter2")
    for worker in running.workers():
        os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(running.workers()) == 4)

    assert visitor.ask() == 201


def test_a_reload_takes_what_has_been_put_right(
    spare: Installation, running: Server, client: Client
) -> None:
    right = spare.dotenv.read_bytes()
    spoil(spare, b"SECRET_KEY hunter2")
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: running.log().count("Worker exiting") == 2)
    spare.dotenv.write_bytes(right + b"TRUSTED_HOSTS=elsewhere.example\n")
    running.process.send_signal(signal.SIGHUP)
    wait_until(lambda: running.log().count("Worker exiting") == 4)

    assert client.at(running).ask() == 400
