"""The service with a job whose runs can be counted, for gunicorn and workers to load."""

from pathlib import Path

from flask import Flask

from service import create_app
from service.accounts.models import Throttle
from service.database.columns import now
from service.extensions import db
from service.jobs.outbox import enqueue
from service.jobs.registry import register_job


def count_run(number: int, file: str) -> None:
    """Append the number to a file, and count the run in a row of the table `throttle`."""
    with Path(file).open("a", encoding="utf-8") as runs:
        runs.write(f"{number}\n")
    row = db.session.get(Throttle, str(number)) or Throttle(
        key=str(number), attempts=0, began_at=now()
    )
    row.attempts += 1
    db.session.add(row)


def jobs_app() -> Flask:
    """Create the service with a URL that enqueues the job."""
    app = create_app()
    register_job(app, count_run)
    runs = str(Path(app.root_path).parent / "runs")

    # GET, because a form would need a CSRF token.
    @app.get("/count/<int:number>")
    def count(number: int) -> str:
        enqueue(count_run, number=number, file=runs)
        db.session.commit()
        return "enqueued"

    return app
