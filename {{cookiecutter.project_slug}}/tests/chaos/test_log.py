"""The log cannot be written: its reader has ended, nobody reads it, or its disk is full."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from signal import SIGTERM

import pytest

from tests.chaos.clients import Client
from tests.chaos.installation import Installation, environment_without_settings
from tests.servers import (
    SERVICE,
    TIMEOUT_SECONDS,
    Server,
    free_port,
    stop_gunicorn,
    wait_until,
    with_parent_death_signal,
)

pytestmark = [pytest.mark.slow, pytest.mark.chaos]

# More lines than a pipe holds.
REQUESTS = 500


@contextmanager
def serve_with_stderr(installation: Installation, stderr: int) -> Iterator[Server]:
    """Run gunicorn until the end of the block, with this standard error."""
    port = free_port()
    process = subprocess.Popen(  # noqa: S603  # No shell, and no input from outside.
        with_parent_death_signal(
            [sys.executable, "-m", "gunicorn", SERVICE, f"--bind=127.0.0.1:{port}"]
        ),
        cwd=installation.root,
        env=environment_without_settings(),
        stderr=stderr,
    )
    server = Server(process, port, installation.root / "log")
    try:
        wait_until(lambda: server.get("/healthz")[0] == 200)
        yield server
    finally:
        stop_gunicorn(process)


@pytest.fixture
def stderr(request: pytest.FixtureRequest) -> Iterator[int]:
    """Yield a file descriptor to which nobody can write, for the reason in the parameter."""
    reader, writer = os.pipe()
    if request.param == "disk is full":
        os.close(writer)
        writer = os.open("/dev/full", os.O_WRONLY)
    if request.param == "reader has ended":
        os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.parametrize(
    "stderr", ["reader has ended", "nobody reads", "disk is full"], indirect=True
)
def test_requests_succeed_and_the_server_stops_without_its_log(
    installation_copy: Installation, client: Client, stderr: int
) -> None:
    with serve_with_stderr(installation_copy, stderr) as server:
        visitor = client.for_server(server)
        for _ in range(REQUESTS):
            visitor.read("/api/v1/nowhere")
        visitor.ask()
        failures = visitor.failures()
        server.process.send_signal(SIGTERM)
        status = server.process.wait(TIMEOUT_SECONDS)

    assert visitor.statuses() == {404, 201}
    assert (failures, status) == ([], 0)
