"""What safety costs, how a service starts, and whether it grows."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.rendering import REPOSITORY
from bench.serving import (
    IN_PRODUCTION,
    Server,
    best_speeds,
    rendered,
    seeded_project,
    served,
    speed,
)

ROUNDS = 7
SEARCH = "/api/v1/questions?q=how"
REQUESTS = 20_000
BARE = "bare Flask with Flask-SQLAlchemy"


def figures() -> Iterator[Figure]:
    """Measure the default project, as it is deployed."""
    with TemporaryDirectory() as folder:
        project = seeded_project(Path(folder) / "full")
        yield from safety(project)
        yield growth(project)
        yield start(rendered(Path(folder) / "empty"))


def safety(project: Path) -> Iterator[Figure]:
    """Compare a search, which is limited, with the same without headers and limits."""
    world = {**IN_PRODUCTION, "PYTHONPATH": str(REPOSITORY)}
    with ExitStack() as servers:
        safe = servers.enter_context(served("bench.floors:safe()", project, **world))
        unsafe = servers.enter_context(served("bench.floors:unsafe()", project, **world))
        ours, floor = best_speeds({"ours": (safe, SEARCH), "floor": (unsafe, SEARCH)}).values()
    subject, beside = "a search, with headers and limits", "without them"
    yield Figure(subject, ours.by_clock / floor.by_clock, beside, least=0.9)
    yield Figure(
        f"{subject}, by processor time", ours.by_processor / floor.by_processor, beside, least=0.9
    )


def growth(project: Path) -> Figure:
    """Compare the memory of the workers after many requests with that after the first ones."""
    with served("service:create_app()", project, **IN_PRODUCTION) as server:
        per_second = speed(server, "/api/v1/questions", seconds=3).by_clock
        before = memory(server)
        speed(server, "/api/v1/questions", seconds=int(REQUESTS / per_second) + 1)
        after = memory(server)
    print(f"memory of two workers: {before / 1024:.0f} MiB, then {after / 1024:.0f} MiB")
    return Figure(f"memory after {REQUESTS:,} requests more", after / before, "before", most=1.05)


def memory(server: Server) -> int:
    """Return the KiB that the workers hold."""
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    texts = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in workers)
    return sum(int(text.split("Pss:")[1].split()[0]) for text in texts)


def start(project: Path) -> Figure:
    """Compare the time from the command to the first page with that of an application of two parts.

    Both run in the folder of a project with an empty list, and without its tools: some libraries
    load what they find of them.
    """
    install = ["uv", "sync", "--quiet", "--no-dev", "--compile-bytecode"]
    subprocess.run(install, cwd=project, check=True)
    world = {**IN_PRODUCTION, "PYTHONPATH": str(REPOSITORY)}
    ours, floors = [], []
    for _ in range(ROUNDS):
        floors.append(seconds_to_answer("bench.floors:bare_with_database()", project, world))
        ours.append(seconds_to_answer("service:create_app()", project, world))
    return Figure("start, to the first 200", median(ours) / median(floors), BARE, most=2)


def seconds_to_answer(application: str, project: Path, world: dict[str, str]) -> float:
    """Start gunicorn; return the seconds until it has answered."""
    began = time.perf_counter()
    with served(application, project, str(project / ".venv/bin/python"), **world):
        return time.perf_counter() - began
