"""Server programs that the tests start and kill, each with its own folder and port."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from tests.servers import free_port, wait_until, with_parent_death_signal

# Folders of server programs that may not be in `PATH`.
FOLDERS = [
    "/usr/sbin",
    "/usr/local/sbin",
    *map(str, Path("/usr/lib/postgresql").glob("*/bin")),  # [template] if postgresql
]


def skip_without(requirement: str) -> NoReturn:
    """Skip the test because a requirement is missing; in CI, fail the test instead."""
    if os.environ.get("CI"):
        pytest.fail(f"{requirement} is missing, but CI must run this test.", pytrace=False)
    pytest.skip(f"SKIPPED: {requirement} is missing.")


def find_program(name: str, package: str) -> str:
    """Return the path of a program; skip the test if its package is not installed."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS])
    return shutil.which(name, path=path) or skip_without(f"{name} (install {package})")


class Program:
    """A server program with its own folder and port."""

    # The user id that runs the program; `None` for the user who runs the tests.
    user: int | None = None

    def __init__(self, folder: Path) -> None:
        """Set an empty folder, and choose a free port."""
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """Return the command line."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Return whether clients can connect."""
        raise NotImplementedError

    def run(self, *command: str) -> None:
        """Run another program as the same user; raise `CalledProcessError` if it fails."""
        with (self.folder / "log").open("ab") as log:
            subprocess.run(  # noqa: S603  # The arguments are constants.
                command, check=True, stdout=log, stderr=log, cwd=self.folder, user=self.user
            )

    def is_running(self) -> bool:
        """Return whether the program was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the program unless it is running, and wait until it is ready."""
        if self.is_running():
            return
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # The arguments are constants.
                with_parent_death_signal(self.command()),
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self.user,
                start_new_session=True,
            )
        wait_until(lambda: self.is_ready() or not self.is_running())
        assert self.is_running(), (self.folder / "log").read_text("utf-8", errors="replace")

    def kill(self) -> None:
        """Kill the program and its child processes at once, as a power failure would."""
        if self.process and self.is_running():
            # Suspended, it starts no further child process.
            self.process.send_signal(signal.SIGSTOP)
            pids = self.process_ids()
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            # While one of them runs, PostgreSQL refuses to start again.
            wait_until(lambda: not any(map(is_running, pids)))

    def process_ids(self) -> list[int]:
        """Return the ids of the program and its child processes.

        The child processes can be in process groups of their own, as those of PostgreSQL are.
        """
        assert self.process
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return [pid, *map(int, children.read_text("ascii").split())] if children.exists() else [pid]

    def signal(self, number: int) -> None:
        """Send a signal to the program and its child processes."""
        if self.process:
            os.killpg(self.process.pid, number)


def thread_states(pid: int) -> set[str]:
    """Return the states of the threads of a process, such as `T` for stopped; see proc(5)."""
    states = set()
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        # The thread may have just ended.
        with suppress(FileNotFoundError, ProcessLookupError):
            states.add(stat.read_text("ascii").rpartition(")")[2].split()[0])
    return states


def is_running(pid: int) -> bool:
    """Return whether a process has not ended; its parent may still have to wait for it."""
    return not thread_states(pid) <= {"Z", "X"}
