"""What the tests start, they do not leave behind."""

import shutil
import subprocess
import sys

import pytest

from service.config import ROOT

# Tests that start a program, and run on until they are killed.
TESTS = """
import subprocess, sys, time
from tests.servers import ending_with_us
program = "import time; print('up', flush=True); time.sleep(60)"
subprocess.Popen(ending_with_us([sys.executable, "-c", program]))
time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("setpriv"), reason="LEFT OUT: setpriv is missing.")
def test_a_server_ends_with_tests_that_are_killed() -> None:
    with subprocess.Popen(  # noqa: S603  # The words are ours.
        [sys.executable, "-c", TESTS],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as tests:
        assert tests.stdout
        assert tests.stdout.readline() == "up\n"

        tests.kill()

        # Nobody else holds the other end.
        assert tests.communicate(timeout=10)[0] == ""
