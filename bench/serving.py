"""Requests per second under gunicorn, compared with bare Flask under the same gunicorn.

`wrk` (a Debian package) sends the requests. All addresses take turns in many short rounds. The best
round of each counts, because other programs only make a round slower.

Each figure is measured twice: by the clock, and by the processor time of the workers and of `wrk`.
The second figure is more stable on a busy machine; on an idle machine both agree, because the load
keeps every processor busy.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.figures import Figure
from bench.rendering import REPOSITORY, render, responds
from tests.servers import free_port

ROUNDS = 20
SECONDS = 1
QUESTIONS = 10_000
FORM = "GET /main/question, without accounts"
PAGE = "GET /"
LIST = "GET /api/v1/questions"
DEEPEST = "GET /api/v1/questions, deepest page"
BOUNDS = (
    ("GET /healthz", "bare Flask", 0.65),
    (FORM, "bare Flask", 0.35),
    (PAGE, "bare Flask", 0.1),
    (LIST, "bare Flask", 0.2),
    (DEEPEST, "bare Flask", 0.2),
    (LIST, "the same SELECT and json", 0.45),
)
# The `.env` of the project is for development.
IN_PRODUCTION = {"APP_ENV": "production", "TRUSTED_HOSTS": "127.0.0.1", "LOG_FORMAT": "json"}


class Server(NamedTuple):
    """A running server: its address and the process id of gunicorn's arbiter."""

    address: str
    pid: int


class Speed(NamedTuple):
    """Requests per second of the clock, and per second of processor time."""

    by_clock: float
    by_processor: float


def figures() -> Iterator[Figure]:
    """Measure the default project with 10,000 questions."""
    if not shutil.which("wrk"):
        sys.exit("wrk is required: apt-get install wrk")
    with TemporaryDirectory() as folder, ExitStack() as servers:
        project = seeded_project(Path(folder))
        # With accounts, the form requires a login.
        open_project = render_project(Path(folder) / "open", "auth=none")
        database = str(project / "instance/board.db")
        baseline_environment = {"BENCH_DATABASE": database, "PYTHONPATH": str(REPOSITORY)}
        bare = servers.enter_context(serve_with_sync_workers("bench.baselines:bare()", REPOSITORY))
        select = servers.enter_context(
            serve_with_sync_workers(
                "bench.baselines:select_only()", project, **baseline_environment
            )
        )
        ours = servers.enter_context(
            serve_with_sync_workers("service:create_app()", project, **IN_PRODUCTION)
        )
        without_accounts = servers.enter_context(
            serve_with_sync_workers("service:create_app()", open_project, **IN_PRODUCTION)
        )
        speeds = measure_best_speeds(
            {
                "bare Flask": (bare, "/"),
                "the same SELECT and json": (select, "/"),
                "GET /healthz": (ours, "/healthz"),
                FORM: (without_accounts, "/main/question"),
                PAGE: (ours, "/"),
                LIST: (ours, "/api/v1/questions"),
                DEEPEST: (ours, f"/api/v1/questions?after={deepest_cursor(project)}"),
            }
        )
    for subject, baseline, least in BOUNDS:
        yield from compare(subject, speeds[subject], speeds[baseline], baseline, least)


def compare(
    subject: str, ours: Speed, baseline: Speed, name: str, least: float
) -> Iterator[Figure]:
    """Yield the ratio to the baseline by the clock, and the ratio by processor time."""
    yield Figure(subject, ours.by_clock / baseline.by_clock, name, least=least)
    by_processor = ours.by_processor / baseline.by_processor
    yield Figure(f"{subject}, by processor time", by_processor, name, least=least)


def render_project(folder: Path, *answers: str) -> Path:
    """Render a project for the current interpreter; return its folder."""
    render(Path(sys.executable), REPOSITORY, folder, "setup=false", *answers)
    return folder / "question-board"


def migrated_project(folder: Path) -> Path:
    """Render the default project and create its database; return its folder."""
    project = render_project(folder)
    run_flask(project, "db", "upgrade")
    return project


def seeded_project(folder: Path) -> Path:
    """Render the default project and fill its database; return its folder."""
    project = migrated_project(folder)
    run_flask(project, "seed", "--questions", str(QUESTIONS))
    return project


def run_flask(project: Path, *arguments: str, **environment: str) -> None:
    """Run a command of the project's `flask --app service`."""
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "service", *arguments],
        cwd=project,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def deepest_cursor(project: Path) -> str:
    """Return the cursor of the last page of the project's questions."""
    program = (
        "from service.board.models import Question as Q; from service.extensions import db;"
        "from service import create_app; app = create_app(); app.app_context().push();"
        "rows = db.session.scalars(db.select(Q).order_by(Q.created_at, Q.id).limit(21)).all();"
        "print(f'{int(rows[-1].created_at.timestamp())}.{rows[-1].id}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@contextmanager
def serve_with_sync_workers(
    application: str, folder: Path, python: str = sys.executable, **environment: str
) -> Iterator[Server]:
    """Serve an application with two sync workers, without its `gunicorn.conf.py`."""
    options = ("--config=/dev/null", "--no-control-socket", "--workers=2", application)
    with start_gunicorn(folder, *options, python=python, **environment) as server:
        yield server


@contextmanager
def start_gunicorn(
    folder: Path, *arguments: str, python: str = sys.executable, **environment: str
) -> Iterator[Server]:
    """Run gunicorn in a folder with these arguments during the block."""
    port = free_port()
    server = subprocess.Popen(
        [python, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(server, f"{address}/")
        yield Server(address, server.pid)
    finally:
        server.terminate()
        server.wait()


def wait_for(process: "subprocess.Popen[bytes]", address: str) -> None:
    """Wait until a server responds; exit if its process ends first."""
    while not responds(address):
        if process.poll() is not None:
            sys.exit(f"The server of {address} has ended.")
        time.sleep(0.01)


def measure_best_speeds(places: dict[str, tuple[Server, str]], *options: str) -> dict[str, Speed]:
    """Return the best speed of each place, which is a server and a path."""
    rounds = [[measure_speed(*place, *options) for place in places.values()] for _ in range(ROUNDS)]
    best = (Speed(*map(max, zip(*reached, strict=True))) for reached in zip(*rounds, strict=True))
    return dict(zip(places, best, strict=True))


def measure_speed(server: Server, path: str, *options: str, seconds: int = SECONDS) -> Speed:
    """Return the speed of one address; exit if a response is an error or times out."""
    command = ["wrk", "--threads=1", "--connections=4", "--timeout=60s", *options]
    command += [f"--duration={seconds}s"]
    before = processor_seconds(server)
    output = subprocess.run(
        [*command, server.address + path], check=True, capture_output=True, text=True
    ).stdout
    used = processor_seconds(server) - before
    if "Non-2xx" in output or re.search(r"timeout [1-9]", output):
        sys.exit(f"{path} does not respond with 200 in time:\n{output}")
    count, per_second = (
        re.search(r"(\d+) requests in", output),
        re.search(r"Requests/sec: +([0-9.]+)", output),
    )
    assert count
    assert per_second
    return Speed(float(per_second[1]), int(count[1]) / used)


def processor_seconds(server: Server) -> float:
    """Return the processor time of the server's workers and of `wrk` so far."""
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    nanoseconds = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in workers)
    load = resource.getrusage(resource.RUSAGE_CHILDREN)
    return nanoseconds / 1e9 + load.ru_utime + load.ru_stime
