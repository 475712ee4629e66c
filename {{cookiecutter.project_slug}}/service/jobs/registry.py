"""The registry of the functions that may be enqueued as background jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app

# What it returns is ignored.
JobFunction = Callable[..., object]


class UnregisteredJobError(Exception):
    """The function is not registered as a job."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is not a registered job. Call register_job(app, {name}) in `init_app`."
        )


@dataclass(frozen=True)
class RegisteredJob:
    """A function that may be enqueued, and the period of a recurring job."""

    function: JobFunction
    every: timedelta | None


def register_job(app: Flask, function: JobFunction, *, every: timedelta | None = None) -> None:
    """Register a function, under its name, so that it can be enqueued.

    Its arguments must be JSON values. It runs in an application context of its own, at least once,
    and must end before the lease does, 5 minutes later by default. What it writes with `db.session`
    is committed together with the end of the job. So a job that only writes to the database, and
    does not commit itself, takes effect exactly once.

    With `every`, workers enqueue it once in each period. Raises `ValueError` if another job has the
    same name.
    """
    name = function.__name__
    if name in app.extensions["jobs"]:
        raise ValueError(f"Another job has the name {name}.")
    app.extensions["jobs"][name] = RegisteredJob(function, every)


def registered_jobs() -> dict[str, RegisteredJob]:
    """Return the registered jobs by name."""
    jobs: dict[str, RegisteredJob] = current_app.extensions["jobs"]
    return jobs


def find_job(name: str) -> JobFunction:
    """Return the function of a job; raise `UnregisteredJobError` if there is none."""
    try:
        return registered_jobs()[name].function
    except KeyError:
        raise UnregisteredJobError(name) from None
