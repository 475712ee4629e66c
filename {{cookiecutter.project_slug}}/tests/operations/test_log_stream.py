"""A standard error that nobody reads."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from select import select

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry

from service.config.settings import ROOT
from service.operations import logs
from service.operations.log_stream import MAX_WAITING_LINES, LogStream
from tests.servers import TIMEOUT_SECONDS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Gunicorn does not run on Windows.")

# Fills a pipe.
LONG_LINE = "x" * 100_000 + "\n"
# Writes more than waits in memory, also in a forked process, and ends.
PROGRAM = r"""
import os, sys
from service.operations.log_stream import MAX_WAITING_LINES, replace_stderr
replace_stderr()
is_child = os.fork() == 0
sys.stderr.write("child\n" if is_child else "parent\n")
for _ in range(int(sys.argv[1])):
    sys.stderr.write("x" * 1000 + "\n")
if not is_child:
    os.wait()
"""


class Pipe:
    """A pipe from which a test reads what a stream has written."""

    def __init__(self) -> None:
        """Open the pipe."""
        self.reader, self.writer = os.pipe()

    def read_until(self, ending: str) -> str:
        """Read from the pipe until it ends with this text; return what was read."""
        content = ""
        while not content.endswith(ending):
            assert select([self.reader], [], [], TIMEOUT_SECONDS)[0], content[-1000:]
            content += os.read(self.reader, 100_000).decode()
        return content

    def close(self) -> None:
        """Close both ends."""
        os.close(self.writer)
        os.close(self.reader)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Yield an empty pipe."""
    pipe = Pipe()
    yield pipe
    pipe.close()


@pytest.fixture
def stream(pipe: Pipe) -> Iterator[LogStream]:
    """Yield a stream that writes to the pipe, and to which the log is written."""
    stream = LogStream(pipe.writer)
    with redirect_stderr(stream):
        logs.configure("json", "INFO")
    yield stream
    logs.configure("json", "INFO")
    stream.finish()


def overflow(stream: LogStream) -> int:
    """Write until a line is dropped; return the number of lines before it."""
    before = stream.dropped
    stream.write(LONG_LINE)
    lines = 1
    while stream.dropped == before:
        stream.write("x\n")
        lines += 1
    return lines - 1


def test_lines_are_written_in_order(stream: LogStream, pipe: Pipe) -> None:
    for line in ("one\n", "둘\n", "\udcff\n"):
        stream.write(line)

    assert pipe.read_until("\\udcff\n") == "one\n둘\n\\udcff\n"


def test_lines_wait_while_nobody_reads(stream: LogStream, pipe: Pipe) -> None:
    lines = overflow(stream)

    written = pipe.read_until("}\n").splitlines()

    assert lines >= MAX_WAITING_LINES
    assert written[:-1] == [LONG_LINE.rstrip(), *["x"] * (lines - 1)]


def test_number_of_dropped_lines_is_logged_after_recovery(stream: LogStream, pipe: Pipe) -> None:
    overflow(stream)
    for _ in range(9):
        stream.write("x\n")

    first = json.loads(pipe.read_until("}\n").splitlines()[-1])
    overflow(stream)
    second = json.loads(pipe.read_until("}\n").splitlines()[-1])

    assert (first["event"], first["lines"]) == ("log_lines_dropped", 10)
    assert (second["event"], second["lines"]) == ("log_lines_dropped", 1)


def test_dropped_lines_are_a_metric(
    make_app: Callable[..., Flask], stream: LogStream, pipe: Pipe
) -> None:
    with redirect_stderr(stream):
        app = make_app(METRICS_PORT="9100", LOG_FORMAT="json")
    registry: CollectorRegistry = app.extensions["metrics"]

    overflow(stream)

    assert registry.get_sample_value("log_lines_dropped_total") == 1
    pipe.read_until("}\n")


def run_program(stderr: int, lines: int) -> int:
    """Run the program with this standard error; return its exit status."""
    return subprocess.run(  # noqa: S603  # The arguments are constants.
        [sys.executable, "-c", PROGRAM, str(lines)],
        cwd=ROOT,
        stderr=stderr,
        check=False,
        timeout=TIMEOUT_SECONDS,
    ).returncode


@pytest.mark.slow
def test_process_ends_although_nobody_reads_its_lines(pipe: Pipe) -> None:
    assert run_program(pipe.writer, MAX_WAITING_LINES + 100) == 0


@pytest.mark.slow
def test_last_lines_of_a_process_and_its_child_are_written(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        status = run_program(file.fileno(), 100)

    lines = (tmp_path / "log").read_text("utf-8").splitlines()
    assert status == 0
    assert sorted(set(lines)) == ["child", "parent", "x" * 1000]
    assert len(lines) == 2 + 200
