"""Enqueue jobs, run them, or ask questions with and without a job.

`jobs` runs this in the folder of a project.
"""

import sys
import time
from datetime import timedelta
from statistics import median

from flask import Flask, request
from flask.testing import FlaskClient
from service import create_app
from service.extensions import db
from service.jobs import register_job
from service.jobs.outbox import enqueue
from service.worker.worker import Worker

SETTINGS = {"APP_ENV": "testing", "RATELIMIT_ENABLED": "0"}
CREDENTIALS = {"email": "bench@example.com", "password": "a long walk by the sea"}
ROUNDS = 300


def do_nothing(number: int) -> None:
    """Stand for a job that takes no time."""


def main(task: str, number: int) -> None:
    """Perform a task, and print what it has measured."""
    app = create_app(SETTINGS)
    register_job(app, do_nothing)
    if task == "enqueue":
        enqueue_jobs(app, number)
    elif task == "work":
        print(*run_jobs(app))
    else:
        print(*ask_questions(app))


def enqueue_jobs(app: Flask, number: int) -> None:
    """Enqueue jobs in one transaction."""
    with app.app_context():
        for each in range(number):
            enqueue(do_nothing, number=each)
        db.session.commit()


def run_jobs(app: Flask) -> tuple[int, float]:
    """Wait for a line, then run the jobs that are due; return their number and the seconds."""
    results: list[str] = []
    app.extensions["job_observers"].append(lambda _name, result, _seconds: results.append(result))
    worker = Worker(app, timedelta(minutes=5))
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    while worker.run_batch():
        pass
    return results.count("finished"), time.perf_counter() - started


def ask_questions(app: Flask) -> tuple[float, float]:
    """Return the median seconds of asking a question, without and with a job."""

    @app.before_request
    def enqueue_job() -> None:
        if "with-job" in request.args:
            enqueue(do_nothing, number=1)

    client = app.test_client()
    client.post("/api/v1/auth/register", json={**CREDENTIALS, "name": "Bench"})
    tokens = client.post("/api/v1/auth/login", json=CREDENTIALS).get_json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    paths = ["/api/v1/questions", "/api/v1/questions?with-job=1"]
    rounds = [[ask(client, path, headers) for path in paths] for _ in range(ROUNDS)]
    without_job, with_job = (median(column) for column in zip(*rounds, strict=True))
    return without_job, with_job


def ask(client: FlaskClient, path: str, headers: dict[str, str]) -> float:
    """Ask a question; return the seconds."""
    started = time.perf_counter()
    question = {"title": "How fast is this?", "body": "A question of a few words."}
    response = client.post(path, json=question, headers=headers)
    assert response.status_code == 201, response.text
    return time.perf_counter() - started


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
