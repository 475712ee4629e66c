"""The speed of background jobs that do nothing, and the cost of enqueueing, on each database."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.rendering import REPOSITORY, render
from bench.serving import run_flask
from tests.servers import temporary_database

JOBS = 10_000
ROUNDS = 3
# The least jobs per second of one worker.
SPEEDS = {"sqlite": 150, "mysql": 300, "postgresql": 300}
RUNS = Path(__file__).with_name("job_runs.py")


def figures() -> Iterator[Figure]:
    """Measure a project of each database."""
    for database, least in SPEEDS.items():
        with migrated_project(database) as (project, settings):
            yield from measure(project, settings, database, least)


@contextmanager
def migrated_project(database: str) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Yield a project with a migrated database, and the settings of this database."""
    with TemporaryDirectory() as folder, temporary_database(database) as settings:
        answers = (f"database={database}", "setup=false")
        render(Path(sys.executable), REPOSITORY, Path(folder), *answers)
        project = Path(folder) / "question-board"
        for arguments in (["create-database"], ["db", "upgrade"]):
            run_flask(project, *arguments, **settings)
        yield project, settings


def measure(
    project: Path, settings: Mapping[str, str], database: str, least: int
) -> Iterator[Figure]:
    """Measure one worker, two workers and enqueueing; the best of some rounds counts."""
    with start(project, settings, "ask") as process:
        without_job, with_job = map(float, process.communicate()[0].split())
    one = max(jobs_per_second(project, settings, workers=1) for _ in range(ROUNDS))
    two = max(jobs_per_second(project, settings, workers=2) for _ in range(ROUNDS))
    print(f"{database}: {one:.0f} jobs per second, two workers {two:.0f}", flush=True)
    yield Figure(f"jobs, {database}", one / least, f"{least} per second", least=1)
    if database != "sqlite":
        yield Figure(f"jobs of two workers, {database}", two / one, "one worker", least=1.6)
    subject = f"asking with a job, {database}"
    yield Figure(subject, with_job / without_job, "asking without", most=1.1)


def jobs_per_second(project: Path, settings: Mapping[str, str], workers: int) -> float:
    """Enqueue jobs, and let the workers begin at the same time; return their speed."""
    with start(project, settings, "enqueue") as process:
        process.wait()
    processes = [start(project, settings, "work") for _ in range(workers)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    results = [process.communicate()[0].split() for process in processes]
    finished = sum(int(number) for number, _ in results)
    # `ask` has enqueued jobs as well.
    assert finished >= JOBS
    return finished / max(float(seconds) for _, seconds in results)


def start(project: Path, settings: Mapping[str, str], task: str) -> "subprocess.Popen[str]":
    """Start `job_runs.py` in the project."""
    return subprocess.Popen(
        [sys.executable, str(RUNS), task, str(JOBS)],
        cwd=project,
        env={**os.environ, **settings, "PYTHONPATH": str(project)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
