"""Jobs that append a line to a file, for the workers of the tests."""

from datetime import timedelta
from pathlib import Path
from time import sleep

from flask import Flask

from service.jobs.registry import register_job

# A worker is killed or stopped in the meantime.
LONG_SECONDS = 3


def write_line(file: str, line: str = "run") -> None:
    """Append a line to the file."""
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")


def take_long(file: str) -> None:
    """Append a line to the file at the beginning, and another one at the end."""
    write_line(file, "begin")
    sleep(LONG_SECONDS)
    write_line(file, "end")


def register_test_jobs(app: Flask, recurring_file: str) -> None:
    """Register the jobs, one of them recurring, instead of those of the packages."""

    def recur() -> None:
        write_line(recurring_file)

    app.extensions["jobs"].clear()
    register_job(app, write_line)
    register_job(app, take_long)
    register_job(app, recur, every=timedelta(days=1))
