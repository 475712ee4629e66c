"""What members cost: to know who acts, to log in, and to read while others log in.

`GET /api/v1/auth/me` is measured as in `serving`: two sync workers, beside bare Flask.

The rest is measured with gunicorn as a project configures it (processes with threads). Four
clients log in without pause, each a member of their own. A log-in is made to cost a processor a
quarter of a second, so what counts is what the service adds to that:

- Log-ins per second, beside what bcrypt alone gives: as many processes as there are cores, which
  check a password of the same cost and do nothing else.
- Reads per second while the four log in. Of the cores' time, the log-ins of that very moment take
  a share: their number, times the processor time that one check takes alone. What is left would
  allow the speed that reads have alone, times the rest of the share. At least half of that must be
  reached. A read or a log-in that takes ten seconds ends the run.

All take turns in several rounds, and the best round of each counts, as in `serving`. The service's
limit of requests per minute is off: it would end a round after a few seconds.
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
    best_speeds,
    processor_seconds,
    seeded_project,
    served,
    speed,
    started,
)

CLIENTS = 4
ROUNDS = 5
SECONDS = 5
# The cost in production; the service's own tests say so.
COST = 12
LIST_PATH = LIST.removeprefix("GET ")
ME = "GET /api/v1/auth/me"
CORES = os.cpu_count() or 1


class Pace(NamedTuple):
    """How often something was done, in how many seconds."""

    times: int
    seconds: float


class Member(NamedTuple):
    """Somebody who can log in."""

    email: str
    password: str


def figures() -> Iterator[Figure]:
    """Measure the default project with 10,000 questions, and four members."""
    with TemporaryDirectory() as folder:
        project = seeded_project(Path(folder))
        members = [registered(project, number) for number in range(CLIENTS)]
        yield from who_acts(project, members[0])
        unlimited = {**IN_PRODUCTION, "RATELIMIT_ENABLED": "false"}
        with started(project, **unlimited) as server:
            yield from logging_in(server, members)


def registered(project: Path, number: int) -> Member:
    """Register a member by the command."""
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


def who_acts(project: Path, member: Member) -> Iterator[Figure]:
    """Compare a request that only asks who acts with bare Flask."""
    with (
        served("bench.floors:bare()", REPOSITORY) as bare,
        served("service:create_app()", project, **IN_PRODUCTION) as ours,
    ):
        header = f"Authorization: Bearer {log_in(ours, member)}"
        speeds = best_speeds({"floor": (bare, "/"), ME: (ours, "/api/v1/auth/me", header)})
    yield from compared(ME, speeds[ME], speeds["floor"], "bare Flask", 0.4)


def logging_in(server: Server, members: list[Member]) -> Iterator[Figure]:
    """Compare log-ins with bcrypt alone, and reads beside log-ins with reads alone."""
    checks, log_ins, reads, shares = [], [], [], []
    for _round in range(ROUNDS):
        checks.append(bcrypt_alone())
        log_ins.append(log_ins_alone(server, members))
        reads.append(speed(server, LIST_PATH, seconds=SECONDS).by_clock)
    bcrypt_speed, log_in_speed = best(checks), best(log_ins)
    for _round in range(ROUNDS):
        with logging_in_without_pause(server, members) as paces:
            beside = speed(server, LIST_PATH, seconds=SECONDS).by_clock
        taken = sum(pace.times / pace.seconds for pace in paces) / bcrypt_speed.by_processor
        shares.append(beside / (max(reads) * (1 - taken / CORES)))
    # By the clock alone: bcrypt works in threads of gunicorn's workers, and in ours.
    of_bcrypt = log_in_speed.by_clock / bcrypt_speed.by_clock
    yield Figure("log-ins per second", of_bcrypt, "bcrypt alone", least=0.9)
    yield Figure("reads while four log in", max(shares), "what the rest allows", least=0.5)


def compared(subject: str, ours: Speed, floor: Speed, name: str, least: float) -> Iterator[Figure]:
    """Yield what we reach of the floor, by the clock and by processor time."""
    yield Figure(subject, ours.by_clock / floor.by_clock, name, least=least)
    by_processor = ours.by_processor / floor.by_processor
    yield Figure(f"{subject}, by processor time", by_processor, name, least=least)


def best(speeds: list[Speed]) -> Speed:
    """Return the best of each kind."""
    return Speed(*map(max, zip(*speeds, strict=True)))


def bcrypt_alone() -> Speed:
    """Let a process on each core check passwords and do nothing else."""
    with ProcessPoolExecutor(CORES, mp_context=get_context("spawn")) as processes:
        speeds = list(processes.map(checks_per_second, [SECONDS] * CORES))
    return Speed(sum(each.by_clock for each in speeds), max(each.by_processor for each in speeds))


def checks_per_second(seconds: int) -> Speed:
    """Check a password for so long; return how often in a second, of the clock and of ours."""
    password = b"x" * 64
    kept = bcrypt.hashpw(password, bcrypt.gensalt(COST))
    count, started_at, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < started_at + seconds:
        bcrypt.checkpw(password, kept)
        count += 1
    return Speed(count / (time.perf_counter() - started_at), count / (time.process_time() - used))


def log_ins_alone(server: Server, members: list[Member]) -> Speed:
    """Let the clients log in, and nobody else do anything."""
    before = processor_seconds(server)
    with ThreadPoolExecutor(CLIENTS) as clients:
        until = time.perf_counter() + SECONDS
        paces = list(clients.map(lambda member: log_ins_until(until, server, member), members))
    used = processor_seconds(server) - before
    per_second = sum(pace.times / pace.seconds for pace in paces)
    return Speed(per_second, sum(pace.times for pace in paces) / used)


@contextmanager
def logging_in_without_pause(server: Server, members: list[Member]) -> Iterator[list[Pace]]:
    """Let the clients log in as long as the block lasts; fill the list when it ends."""
    paces: list[Pace] = []
    until = time.perf_counter() + SECONDS
    with ThreadPoolExecutor(CLIENTS) as clients:
        running = clients.map(lambda member: log_ins_until(until, server, member), members)
        yield paces
        paces += running


def log_ins_until(until: float, server: Server, member: Member) -> Pace:
    """Log in again and again, until that moment; the last log-in counts to its end."""
    count, began = 0, time.perf_counter()
    while time.perf_counter() < until:
        log_in(server, member)
        count += 1
    return Pace(count, time.perf_counter() - began)


def log_in(server: Server, member: Member) -> str:
    """Log in, and return the access token; fail where that takes ten seconds."""
    request = urllib.request.Request(
        f"{server.address}/api/v1/auth/login",
        json.dumps(member._asdict()).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["access_token"])
