"""Requests per second under gunicorn, beside bare Flask under the same gunicorn in one run.

The load comes from `wrk` (Debian's package of that name). All addresses take turns, many short
rounds, and the best round of each counts: what else the machine does meanwhile only slows them.

Each figure is given twice: by the clock, and by the processor time that the workers and `wrk`
used, as Linux tells it. Where nothing else runs they agree, because the load keeps every processor
busy; where something does, the second is the steadier.
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
from bench.rendering import REPOSITORY, answers, render
from tests.servers import free_port

ROUNDS = 20
SECONDS = 1
QUESTIONS = 10_000
FORM = "GET /main/question, without accounts"
LIST = "GET /api/v1/questions"
DEEPEST = "GET /api/v1/questions, deepest page"
BOUNDS = (
    ("GET /healthz", "bare Flask", 0.85),
    (FORM, "bare Flask", 0.55),
    (LIST, "bare Flask", 0.25),
    (DEEPEST, "bare Flask", 0.25),
    (LIST, "the same SELECT and json", 0.6),
)
# As the service is deployed; the project's own `.env` is for development.
IN_PRODUCTION = {"APP_ENV": "production", "TRUSTED_HOSTS": "127.0.0.1", "LOG_FORMAT": "json"}


class Server(NamedTuple):
    """A server that runs: where it answers, and the process above its workers."""

    address: str
    pid: int


class Speed(NamedTuple):
    """Requests per second, by the clock and by the processor time that they took."""

    by_clock: float
    by_processor: float


def figures() -> Iterator[Figure]:
    """Measure the default project with 10,000 questions."""
    if not shutil.which("wrk"):
        sys.exit("wrk makes the load, and is not here: apt-get install wrk")
    with TemporaryDirectory() as folder, ExitStack() as servers:
        project = seeded_project(Path(folder))
        # Its form is for everybody; elsewhere it is for members only.
        open_project = rendered(Path(folder) / "open", "auth=none")
        database = str(project / "instance/board.db")
        as_floor = {"BENCH_DATABASE": database, "PYTHONPATH": str(REPOSITORY)}
        bare = servers.enter_context(served("bench.floors:bare()", REPOSITORY))
        select = servers.enter_context(served("bench.floors:select_only()", project, **as_floor))
        ours = servers.enter_context(served("service:create_app()", project, **IN_PRODUCTION))
        to_all = servers.enter_context(
            served("service:create_app()", open_project, **IN_PRODUCTION)
        )
        speeds = best_speeds(
            {
                "bare Flask": (bare, "/"),
                "the same SELECT and json": (select, "/"),
                "GET /healthz": (ours, "/healthz"),
                FORM: (to_all, "/main/question"),
                LIST: (ours, "/api/v1/questions"),
                DEEPEST: (ours, f"/api/v1/questions?after={deepest(project)}"),
            }
        )
    for subject, floor, least in BOUNDS:
        by_clock, by_processor = (
            ours / floors for ours, floors in zip(speeds[subject], speeds[floor], strict=True)
        )
        yield Figure(subject, by_clock, floor, least=least)
        yield Figure(f"{subject}, by processor time", by_processor, floor, least=least)


def rendered(folder: Path, *more: str) -> Path:
    """Render a project in this environment."""
    render(Path(sys.executable), REPOSITORY, folder, "setup=false", *more)
    return folder / "question-board"


def seeded_project(folder: Path) -> Path:
    """Render the default project in this environment and fill it."""
    project = rendered(folder)
    flask = [sys.executable, "-m", "flask", "--app", "service"]
    subprocess.run(
        [*flask, "seed", "--questions", str(QUESTIONS)],
        cwd=project,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return project


def deepest(project: Path) -> str:
    """Return the cursor before the last page of the project's questions."""
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
def served(
    application: str, folder: Path, python: str = sys.executable, **environment: str
) -> Iterator[Server]:
    """Serve an application with two sync workers, and not as its own `gunicorn.conf.py` says."""
    alike = ("--config=/dev/null", "--no-control-socket", "--workers=2", application)
    with started(folder, *alike, python=python, **environment) as server:
        yield server


@contextmanager
def started(
    folder: Path, *arguments: str, python: str = sys.executable, **environment: str
) -> Iterator[Server]:
    """Start gunicorn in a folder, as the arguments say."""
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
    """Wait until a server answers; end the bench where it has ended instead."""
    while not answers(address):
        if process.poll() is not None:
            sys.exit(f"What was to answer at {address} has ended.")
        time.sleep(0.01)


def best_speeds(places: dict[str, tuple[Server, *tuple[str, ...]]]) -> dict[str, Speed]:
    """Return the best that each place reached, in rounds in which all take turns.

    A place is a server, a path, and the headers that are sent.
    """
    rounds = [[speed(*place) for place in places.values()] for _ in range(ROUNDS)]
    best = (Speed(*map(max, zip(*reached, strict=True))) for reached in zip(*rounds, strict=True))
    return dict(zip(places, best, strict=True))


def speed(server: Server, path: str, *headers: str, seconds: int = SECONDS) -> Speed:
    """Put one address under load; fail where one answer was no success, or came too late."""
    command = ["wrk", "--threads=1", "--connections=4", "--timeout=10s"]
    command += [f"--duration={seconds}s", *(f"--header={header}" for header in headers)]
    before = processor_seconds(server)
    said = subprocess.run(
        [*command, server.address + path], check=True, capture_output=True, text=True
    ).stdout
    used = processor_seconds(server) - before
    if "Non-2xx" in said or re.search(r"timeout [1-9]", said):
        sys.exit(f"{path} does not answer 200 in time:\n{said}")
    count, per_second = (
        re.search(r"(\d+) requests in", said),
        re.search(r"Requests/sec: +([0-9.]+)", said),
    )
    assert count
    assert per_second
    return Speed(float(per_second[1]), int(count[1]) / used)


def processor_seconds(server: Server) -> float:
    """Return the processor time of the server's workers and of all the load so far."""
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    nanoseconds = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in workers)
    load = resource.getrusage(resource.RUSAGE_CHILDREN)
    return nanoseconds / 1e9 + load.ru_utime + load.ru_stime
