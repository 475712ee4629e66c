"""Whether the time of a response reveals that an address is registered, on each database.

For the login and for a forgotten password: the median time of requests with an address that nobody
has, compared with the median for that of a member; the larger of both divided by the smaller one.
The cost of bcrypt is the lowest one, so that it hides nothing.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.jobs import migrated_project

DATABASES = ["sqlite", "mysql", "postgresql"]
RUNS = Path(__file__).with_name("enumeration_runs.py")


def figures() -> Iterator[Figure]:
    """Measure a project of each database."""
    for database in DATABASES:
        with migrated_project(database) as (project, settings):
            done = subprocess.run(
                [sys.executable, str(RUNS)],
                cwd=project,
                env={**os.environ, **settings, "PYTHONPATH": str(project)},
                check=True,
                capture_output=True,
                text=True,
            )
            for line in done.stdout.splitlines():
                name, ratio = line.rsplit(maxsplit=1)
                subject = f"{name}, unknown address, {database}"
                yield Figure(subject, float(ratio), "address of a member", most=1.05)
