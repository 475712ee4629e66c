"""The servers that tests start end with the tests."""

import shutil
import subprocess
import sys

import pytest

from service.config.settings import ROOT
from tests.servers import TIMEOUT_SECONDS

# Stands for a test process: starts another process, and runs until it is killed.
TEST_PROGRAM = """
import subprocess, sys, time
from tests.servers import with_parent_death_signal
program = "import time; print('up', flush=True); time.sleep(600)"
subprocess.Popen(with_parent_death_signal([sys.executable, "-c", program]))
time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("setpriv"), reason="LEFT OUT: setpriv is missing.")
def test_server_ends_with_tests_that_are_killed() -> None:
    with subprocess.Popen(  # noqa: S603  # No shell, and no input from outside.
        [sys.executable, "-c", TEST_PROGRAM],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as tests:
        assert tests.stdout
        assert tests.stdout.readline() == "up\n"

        tests.kill()

        # The output ends when both processes have ended, because both hold the pipe open.
        assert tests.communicate(timeout=TIMEOUT_SECONDS)[0] == ""
