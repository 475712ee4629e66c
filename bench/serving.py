"""Requests per second under gunicorn, beside bare Flask under the same gunicorn in one run.

The load comes from `wrk` (Debian's package of that name). The servers take turns, several rounds
each, and the best round of each counts: what else the machine does meanwhile only slows them.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.rendering import REPOSITORY, answers, render
from tests.servers import free_port

ROUNDS = 8
SECONDS = 2
QUESTIONS = 10_000
# As the service is deployed; the project's own `.env` is for development.
IN_PRODUCTION = {"APP_ENV": "production", "TRUSTED_HOSTS": "127.0.0.1", "LOG_FORMAT": "json"}


def figures() -> Iterator[Figure]:
    """Measure the default project with 10,000 questions."""
    if not shutil.which("wrk"):
        sys.exit("wrk makes the load, and is not here: apt-get install wrk")
    with TemporaryDirectory() as folder, ExitStack() as servers:
        project = seeded_project(Path(folder))
        database = project / "instance/board.db"
        bare = servers.enter_context(served("bench.floors:bare()", REPOSITORY))
        select = servers.enter_context(
            served(
                "bench.floors:select_only()",
                project,
                BENCH_DATABASE=str(database),
                PYTHONPATH=str(REPOSITORY),
            )
        )
        ours = servers.enter_context(served("service:create_app()", project, **IN_PRODUCTION))
        newest, deep = (
            f"{ours}/api/v1/questions",
            f"{ours}/api/v1/questions?after={deepest(project)}",
        )
        for subject, address, floor, name, least in (
            ("GET /healthz", f"{ours}/healthz", bare, "bare Flask", 0.85),
            ("GET /main/question", f"{ours}/main/question", bare, "bare Flask", 0.55),
            ("GET /api/v1/questions", newest, bare, "bare Flask", 0.25),
            ("GET /api/v1/questions, deepest page", deep, bare, "bare Flask", 0.25),
            ("GET /api/v1/questions", newest, select, "the same SELECT and json", 0.6),
        ):
            yield Figure(subject, ratio(address, floor), name, least=least)


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
def served(application: str, folder: Path, **environment: str) -> Iterator[str]:
    """Serve an application with two sync workers; yield its address."""
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
        yield address
    finally:
        server.terminate()
        server.wait()


def ratio(address: str, floor: str) -> float:
    """Return how many requests per second an address answers beside the floor."""
    rounds = [(per_second(address), per_second(f"{floor}/")) for _ in range(ROUNDS)]
    ours, floors = zip(*rounds, strict=True)
    return float(max(ours) / max(floors))


def per_second(address: str) -> float:
    """Return the requests per second that one address answers; fail where one was no success."""
    command = ["wrk", "--threads=1", "--connections=4", f"--duration={SECONDS}s", address]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said:
        sys.exit(f"{address} does not answer 200.")
    found = re.search(r"Requests/sec: +([0-9.]+)", said)
    assert found
    return float(found[1])
