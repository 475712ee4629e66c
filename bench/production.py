"""The cost of security headers and rate limits, memory growth, and the time of the start."""

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
    compare,
    measure_best_speeds,
    measure_speed,
    migrated_project,
    seeded_project,
    serve_with_sync_workers,
)

ROUNDS = 7
SEARCH = "/api/v1/questions?q=how"
REQUESTS = 20_000
CLIENTS_SCRIPT = Path(__file__).with_name("clients.lua")
BASELINE = "bare Flask with Flask-SQLAlchemy"


def figures() -> Iterator[Figure]:
    """Measure the default project with production settings."""
    with TemporaryDirectory() as folder:
        project = seeded_project(Path(folder) / "full")
        yield from measure_headers_and_limits(project)
        yield measure_memory_growth(project)
        yield measure_start(migrated_project(Path(folder) / "empty"))


def measure_headers_and_limits(project: Path) -> Iterator[Figure]:
    """Compare a search, which has a rate limit, with one without security headers and limits."""
    environment = {**IN_PRODUCTION, "PROXY_HOPS": "1", "PYTHONPATH": str(REPOSITORY)}
    applications = ("service:create_app()", "bench.baselines:without_headers_and_limits()")
    with ExitStack() as running:
        servers = [
            running.enter_context(serve_with_sync_workers(application, project, **environment))
            for application in applications
        ]
        places = {"ours": (servers[0], SEARCH), "baseline": (servers[1], SEARCH)}
        ours, baseline = measure_best_speeds(places, f"--script={CLIENTS_SCRIPT}").values()
    yield from compare("a search with headers and limits", ours, baseline, "without them", 0.9)


def measure_memory_growth(project: Path) -> Figure:
    """Compare the memory of the workers after many requests with their memory at the start."""
    with serve_with_sync_workers("service:create_app()", project, **IN_PRODUCTION) as server:
        per_second = measure_speed(server, "/api/v1/questions", seconds=3).by_clock
        before = memory_of_workers(server)
        measure_speed(server, "/api/v1/questions", seconds=int(REQUESTS / per_second) + 1)
        after = memory_of_workers(server)
    print(f"memory of two workers: {before / 1024:.0f} MiB, then {after / 1024:.0f} MiB")
    return Figure(f"memory after {REQUESTS:,} requests more", after / before, "before", most=1.05)


def memory_of_workers(server: Server) -> int:
    """Return the memory of the workers in KiB."""
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    texts = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in workers)
    return sum(int(text.split("Pss:")[1].split()[0]) for text in texts)


def measure_start(project: Path) -> Figure:
    """Compare the time until the first response with that of a minimal application.

    Both run in a virtual environment without development dependencies, because some libraries
    would import them.
    """
    install = ["uv", "sync", "--quiet", "--no-dev", "--compile-bytecode"]
    subprocess.run(install, cwd=project, check=True)
    environment = {**IN_PRODUCTION, "PYTHONPATH": str(REPOSITORY)}
    ours, baselines = [], []
    for _ in range(ROUNDS):
        baselines.append(
            seconds_to_response("bench.baselines:bare_with_database()", project, environment)
        )
        ours.append(seconds_to_response("service:create_app()", project, environment))
    return Figure("start, to the first 200", median(ours) / median(baselines), BASELINE, most=2.2)


def seconds_to_response(application: str, project: Path, environment: dict[str, str]) -> float:
    """Start gunicorn and return the seconds until its first response."""
    began = time.perf_counter()
    with serve_with_sync_workers(
        application, project, str(project / ".venv/bin/python"), **environment
    ):
        return time.perf_counter() - began
