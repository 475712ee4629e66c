"""The production server, as `gunicorn.conf.py` sets it; `tests/chaos` has what befalls it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.config import ROOT
from tests.servers import serve

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Gunicorn needs a system of another kind."),
]


def test_a_home_that_is_read_only_troubles_nobody(tmp_path: Path, settings: dict[str, str]) -> None:
    """R7.07, Z60: a control socket would be refused there, with an error."""
    with serve(tmp_path, settings) as server:
        lines = server.log().splitlines()

    assert lines
    assert [line for line in lines if '"level": "info"' not in line] == []


def gunicorn(settings: dict[str, str], *options: str, **changes: str) -> tuple[int, str, str]:
    """Run gunicorn to its end; return its status, and what it printed on either stream."""
    done = subprocess.run(  # noqa: S603  # The words are ours.
        [sys.executable, "-m", "gunicorn", *options],
        cwd=ROOT,
        env={**os.environ, **settings, **changes},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("WEB_THREADS", "hunter2", id="no number"),
        pytest.param("DATABASE_URL", "nosuch://me:hunter2@db/qa", id="no driver"),
        pytest.param("RATELIMIT_STORAGE_URI", "redis://:hunter2@:port", id="no address"),
    ],
)
def test_a_setting_that_makes_no_sense_stops_the_start_with_a_line(
    settings: dict[str, str], name: str, value: str
) -> None:
    """R2.02, Z39."""
    status, _, told = gunicorn(settings, **{name: value})

    assert status == 1
    assert re.fullmatch(rf"Error: [^\n]*{name}[^\n]+\n", told)
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("port", "bind"), [("", "127.0.0.1:8000"), ("9000", "0.0.0.0:9000")], ids=["not said", "said"]
)
def test_only_a_port_that_is_said_is_open_to_others(
    settings: dict[str, str], port: str, bind: str
) -> None:
    _, told, _ = gunicorn(settings, "--print-config", PORT=port)

    assert re.findall(r"^bind += \['(.+)'\]", told, re.MULTILINE) == [bind]
