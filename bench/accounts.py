"""The cost of accounts: authentication of a request, logins, and reads during logins.

`GET /api/v1/auth/me` is measured as in `serving`, with two sync workers.

The other figures use the project's own gunicorn configuration. Four clients log in repeatedly.
Checking a password takes a quarter of a second of processor time by design, so the figures show the
overhead of the service:

- Logins per second, compared with bcrypt alone: one process per core checks passwords of the same
  cost.
- Reads per second while the clients log in, compared with the expected speed: that of reads alone
  times the share of processor time that the logins leave.

The measurements alternate for several rounds, and the best round of each counts. Rate limits are
off, because clients would reach them within seconds.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import bcrypt

from bench.figures import Figure
from bench.rendering import REPOSITORY
from bench.serving import (
    IN_PRODUCTION,
    LIST,
    Server,
    Speed,
    compare,
    measure_best_speeds,
    measure_speed,
    processor_seconds,
    seeded_project,
    serve_with_sync_workers,
    start_gunicorn,
)

CLIENTS = 4
ROUNDS = 5
SECONDS = 5
# The cost of bcrypt in production.
BCRYPT_COST = 12
LIST_PATH = LIST.removeprefix("GET ")
OWN_ACCOUNT = "GET /api/v1/auth/me"
CORES = os.cpu_count() or 1


class Logins(NamedTuple):
    """The number of logins of a client, and the seconds that they took."""

    times: int
    seconds: float


class Member(NamedTuple):
    """The credentials of a member."""

    email: str
    password: str


def figures() -> Iterator[Figure]:
    """Measure the default project with 10,000 questions, and four members."""
    with TemporaryDirectory() as folder:
        project = seeded_project(Path(folder))
        members = [register_member(project, number) for number in range(CLIENTS)]
        yield from measure_authentication(project, members[0])
        unlimited = {**IN_PRODUCTION, "RATELIMIT_ENABLED": "false"}
        with start_gunicorn(project, **unlimited) as server:
            yield from measure_logins(server, members)


def register_member(project: Path, number: int) -> Member:
    """Create a member with the command `create-member`; return the credentials."""
    email = f"member{number}@example.com"
    command = [sys.executable, "-m", "flask", "--app", "service", "create-member"]
    done = subprocess.run(
        [*command, email, f"Bench {number}", "--random-password"],
        cwd=project,
        check=True,
        capture_output=True,
        text=True,
    )
    return Member(email, done.stdout.rpartition("Password: ")[2].strip())


def measure_authentication(project: Path, member: Member) -> Iterator[Figure]:
    """Compare a request that only authenticates with bare Flask."""
    with (
        serve_with_sync_workers("bench.baselines:bare()", REPOSITORY) as bare,
        serve_with_sync_workers("service:create_app()", project, **IN_PRODUCTION) as ours,
    ):
        header = f"--header=Authorization: Bearer {log_in(ours, member)}"
        places = {"baseline": (bare, "/"), OWN_ACCOUNT: (ours, "/api/v1/auth/me")}
        speeds = measure_best_speeds(places, header)
    yield from compare(OWN_ACCOUNT, speeds[OWN_ACCOUNT], speeds["baseline"], "bare Flask", 0.33)


def measure_logins(server: Server, members: list[Member]) -> Iterator[Figure]:
    """Compare logins with bcrypt alone, and reads during logins with reads alone."""
    checks, logins_alone, reads, shares = [], [], [], []
    for _round in range(ROUNDS):
        checks.append(measure_bcrypt_alone())
        logins_alone.append(measure_logins_alone(server, members))
        reads.append(measure_speed(server, LIST_PATH, seconds=SECONDS).by_clock)
    bcrypt_speed, login_speed = best_of_each(checks), best_of_each(logins_alone)
    for _round in range(ROUNDS):
        with log_in_continuously(server, members) as results:
            reads_during_logins = measure_speed(server, LIST_PATH, seconds=SECONDS).by_clock
        processor_share = (
            sum(result.times / result.seconds for result in results) / bcrypt_speed.by_processor
        )
        shares.append(reads_during_logins / (max(reads) * (1 - processor_share / CORES)))
    # Only by the clock: the logins use several threads.
    ratio_to_bcrypt = login_speed.by_clock / bcrypt_speed.by_clock
    yield Figure("logins per second", ratio_to_bcrypt, "bcrypt alone", least=0.9)
    yield Figure("reads while four log in", max(shares), "the expected speed", least=0.5)


def best_of_each(speeds: list[Speed]) -> Speed:
    """Return the best speed by the clock and the best by processor time."""
    return Speed(*map(max, zip(*speeds, strict=True)))


def measure_bcrypt_alone() -> Speed:
    """Return the speed of checking passwords with bcrypt, in one process per core."""
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as processes:
        speeds = list(processes.map(check_passwords, [SECONDS] * CORES))
    return Speed(sum(each.by_clock for each in speeds), max(each.by_processor for each in speeds))


def check_passwords(seconds: int) -> Speed:
    """Check passwords for some seconds and return the speed."""
    password = b"x" * 64
    hashed = bcrypt.hashpw(password, bcrypt.gensalt(BCRYPT_COST))
    count, started_at, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < started_at + seconds:
        bcrypt.checkpw(password, hashed)
        count += 1
    return Speed(count / (time.perf_counter() - started_at), count / (time.process_time() - used))


def measure_logins_alone(server: Server, members: list[Member]) -> Speed:
    """Return the speed of logins without other load."""
    before = processor_seconds(server)
    with ThreadPoolExecutor(CLIENTS) as clients:
        until = time.perf_counter() + SECONDS
        results = list(clients.map(lambda member: log_in_until(until, server, member), members))
    used = processor_seconds(server) - before
    per_second = sum(result.times / result.seconds for result in results)
    return Speed(per_second, sum(result.times for result in results) / used)


@contextmanager
def log_in_continuously(server: Server, members: list[Member]) -> Iterator[list[Logins]]:
    """Log in during the block; the yielded list is filled when the block ends."""
    results: list[Logins] = []
    until = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(CLIENTS) as clients:
        running = clients.map(lambda member: log_in_until(until, server, member), members)
        yield results
        results += running


def log_in_until(until: float, server: Server, member: Member) -> Logins:
    """Log in repeatedly until the time `until`; complete the last login."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() < until:
        log_in(server, member)
        count += 1
    return Logins(count, time.perf_counter() - began)


def log_in(server: Server, member: Member) -> str:
    """Log in and return the access token."""
    request = urllib.request.Request(
        f"{server.address}/api/v1/auth/login",
        json.dumps(member._asdict()).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["access_token"])
