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
LIST = "GET /api/v1/questions"
DEEPEST = "GET /api/v1/questions, deepest page"
BOUNDS = (
    ("GET /healthz", "bare Flask", 0.85),
    ("GET /main/question", "bare Flask", 0.55),
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
        database = str(project / "instance/board.db")
        as_floor = {"BENCH_DATABASE": database, "PYTHONPATH": str(REPOSITORY)}
        bare = servers.enter_context(served("bench.floors:bare()", REPOSITORY))
        select = servers.enter_context(served("bench.floors:select_only()", project, **as_floor))
        ours = servers.enter_context(served("service:create_app()", project, **IN_PRODUCTION))
        speeds = best_speeds(
            {
                "bare Flask": (bare, "/"),
                "the same SELECT and json": (select, "/"),
                "GET /healthz": (ours, "/healthz"),
                "GET /main/question": (ours, "/main/question"),
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


def seeded_project(folder: Path) -> Path:
    """Render the default project in this environment and fill it."""
    render(Path(sys.executable), REPOSITORY, folder, "setup=false")
    project = folder / "question-board"
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
def served(application: str, folder: Path, **environment: str) -> Iterator[Server]:
    """Serve an application with two sync workers."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--workers=2"]
    server = subprocess.Popen(
        [*command, f"--bind=127.0.0.1:{port}", application],
        cwd=folder,
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while not (answers(f"{address}/") or server.poll()):
            time.sleep(0.1)
        yield Server(address, server.pid)
    finally:
        server.terminate()
        server.wait()


def best_speeds(places: dict[str, tuple[Server, str]]) -> dict[str, Speed]:
    """Return the best that each place reached, in rounds in which all take turns."""
    rounds = [[speed(*place) for place in places.values()] for _ in range(ROUNDS)]
    best = (Speed(*map(max, zip(*reached, strict=True))) for reached in zip(*rounds, strict=True))
    return dict(zip(places, best, strict=True))


def speed(server: Server, path: str) -> Speed:
    """Put one address under load; fail where one answer was no success."""
    command = ["wrk", "--threads=1", "--connections=4", f"--duration={SECONDS}s"]
    before = processor_seconds(server)
    said = subprocess.run(
        [*command, server.address + path], check=True, capture_output=True, text=True
    ).stdout
    used = processor_seconds(server) - before
    if "Non-2xx" in said:
        sys.exit(f"{path} does not answer 200.")
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
