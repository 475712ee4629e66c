"""The cost of pages and searches on boards of different sizes, on each database server.

`BENCH_SIZES` lists the numbers of questions, the smallest first. The costs are those of the process
that renders the page, with the database, and without a server and the network.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import matplotlib.pyplot as plt

from bench.figures import Figure
from bench.rendering import REPOSITORY, render
from bench.serving import run_flask
from tests.servers import temporary_database

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000,1000000").split(",")]
DATABASES = ("sqlite", "mysql", "postgresql")
PLOT = REPOSITORY / "docs/images/cost-by-size.svg"
MEASURE = Path(__file__).with_name("board_requests.py")
SEED_SECONDS = 300
SEARCH_SECONDS = 0.05
MILLION = 1_000_000
PROCESSOR_TIME = ", processor time"


class Cost(NamedTuple):
    """The median and the 95th percentile of the seconds of a request."""

    median: float
    p95: float


# By the name of the request.
Costs = dict[str, Cost]


def figures() -> Iterator[Figure]:
    """Compare the largest board with the smallest one, and draw the costs of all sizes."""
    costs: dict[str, dict[int, Costs]] = {}
    for database in DATABASES:
        costs[database] = {}
        with TemporaryDirectory() as folder, temporary_database(database) as settings:
            answers = (f"database={database}", "language=ko", "setup=false")
            render(Path(sys.executable), REPOSITORY, Path(folder), *answers)
            for size, seconds, measured in measure_sizes(Path(folder) / "question-board", settings):
                costs[database][size] = measured
                if database == "sqlite" and size == MILLION:
                    yield Figure("seed, SQLite", seconds / SEED_SECONDS, "300 s", most=1)
        yield from compare_sizes(database, costs[database])
    draw(costs)


def measure_sizes(project: Path, settings: Mapping[str, str]) -> Iterator[tuple[int, float, Costs]]:
    """Yield each size with the seconds that `seed` took up to it, and the costs of the requests."""
    environment = {**settings, "DB_STATEMENT_TIMEOUT_SECONDS": "60"}
    run_flask(project, "create-database", **environment)
    run_flask(project, "db", "upgrade", **environment)
    elapsed, questions = 0.0, 0
    for size in SIZES:
        started = time.perf_counter()
        run_flask(project, "seed", "--questions", str(size - questions), **environment)
        elapsed, questions = elapsed + time.perf_counter() - started, size
        done = subprocess.run(
            [sys.executable, str(MEASURE)],
            cwd=project,
            env={**os.environ, **environment, "PYTHONPATH": str(project)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        measured = {name: Cost(*seconds) for name, seconds in json.loads(done.stdout).items()}
        print(f"{size:,} questions, seeded in {elapsed:.0f} s: {measured}", flush=True)
        yield size, elapsed, measured


def compare_sizes(database: str, costs: dict[int, Costs]) -> Iterator[Figure]:
    """Yield the cost of each request on the largest board in relation to the smallest one."""
    smallest, largest = costs[SIZES[0]], costs[SIZES[-1]]
    for name, cost in largest.items():
        is_search = name.startswith("search")
        most = 3 if is_search else 1.2
        subject = f"{database}: {name}, {SIZES[-1]:,} questions"
        yield Figure(
            subject, cost.median / smallest[name].median, f"{SIZES[0]:,} questions", most=most
        )
        if is_search:
            yield Figure(f"{subject}, p95", cost.p95 / SEARCH_SECONDS, "50 ms", most=1)


def draw(costs: dict[str, dict[int, Costs]]) -> None:
    """Write the plot of the costs against the number of questions."""
    figure, axes = plt.subplots(
        1, len(costs), figsize=(12, 4), sharex=True, sharey=True, layout="constrained"
    )
    for axis, (database, by_size) in zip(axes, costs.items(), strict=True):
        for name in by_size[SIZES[0]]:
            if name.endswith(PROCESSOR_TIME):
                milliseconds = [costs[name].median * 1000 for costs in by_size.values()]
                label = name.removesuffix(PROCESSOR_TIME)
                axis.loglog(list(by_size), milliseconds, marker="o", label=label)
        axis.set(title=database, xlabel="questions")
    axes[0].set_ylabel("milliseconds of processor time, median")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, metadata={"Date": None})
