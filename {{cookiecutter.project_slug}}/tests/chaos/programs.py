"""Programs that the tests start and kill, each in a folder and on a port of its own."""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from tests.servers import ending_with_us, free_port, wait_until

# Where servers are installed that no user is expected to start.
FOLDERS = [
    "/usr/sbin",
    "/usr/local/sbin",
    *map(str, Path("/usr/lib/postgresql").glob("*/bin")),  # [template] if postgresql
]


def need(what: str) -> NoReturn:
    """Leave the test out where something is missing; fail in CI, where nothing may be."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and CI must try this.", pytrace=False)
    pytest.skip(f"LEFT OUT: {what} is missing.")


def find(name: str, package: str) -> str:
    """Return the path of a program; where it is missing, name what to install."""
    places = os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS])
    return shutil.which(name, path=places) or need(f"{name} (install {package})")


class Program:
    """A server of the tests' own, with its folder and its port."""

    # Runs it where it would not run as root; None: who runs the tests.
    user: int | None = None

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is empty."""
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        """Return the words that start it."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Return whether it is ready."""
        raise NotImplementedError

    def run(self, *words: str) -> None:
        """Run a program of its kind to its end."""
        with (self.folder / "log").open("ab") as log:
            subprocess.run(  # noqa: S603  # The words are ours.
                words, check=True, stdout=log, stderr=log, cwd=self.folder, user=self.user
            )

    def is_running(self) -> bool:
        """Return whether it has been started, and has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, unless it runs; by then it answers."""
        if self.is_running():
            return
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # The words are ours.
                ending_with_us(self.command()),
                stdout=log,
                stderr=log,
                cwd=self.folder,
                user=self.user,
                start_new_session=True,
            )
        wait_until(self.answers)

    def kill(self) -> None:
        """Kill it and all its processes at once, as a power cut would."""
        if self.process and self.is_running():
            self.signal(signal.SIGKILL)
            self.process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to all its processes at once."""
        if self.process:
            os.killpg(self.process.pid, number)
