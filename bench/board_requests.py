"""Print the median and the 95th percentile of the seconds of requests, as JSON.

`board_size` runs this in the folder of a project. Each request is measured twice: by the clock, and
by the processor time of this process and of the database server's thread for its connection. On a
busy machine, only the second figure means something.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from flask.testing import FlaskClient
from service import create_app
from service.board.models import Question
from service.extensions import db
from sqlalchemy import select, text

QUIET = {"APP_ENV": "testing", "LOG_LEVEL": "WARNING"}
ROUNDS = 40
# The statements that return the id of the server's process or thread for the connection.
SERVER_THREADS = {
    "postgresql": "SELECT pg_backend_pid()",
    "mysql": "SELECT tid FROM information_schema.processlist WHERE id = connection_id()",
}
# The words are in few and in many of the seeded texts; "OPS-…" is in about one of 100,000.
SEARCHES = {
    "search: common word": "Flask",
    "search: rare word": "OPS-48213",
    "search: common syllables": "서버",
    "search: rare syllables": "노트북",
}


def main() -> None:
    """Measure each request in turns, so that other programs slow down all of them alike."""
    app = create_app({**QUIET, "RATELIMIT_ENABLED": "0"})
    with app.app_context():
        last = db.session.scalars(
            select(Question).order_by(Question.created_at, Question.id).offset(20).limit(1)
        ).one()
        middle = db.session.scalars(select(Question.id).order_by(Question.id).offset(100)).first()
        processor_seconds = processor_clock()
    deepest = f"{int(last.created_at.timestamp())}.{last.id}"
    paths = {
        "first page": "/",
        "deepest page": f"/?after={deepest}",
        "question page": f"/main/question/{middle}",
        **{name: f"/?q={words}" for name, words in SEARCHES.items()},
    }
    client = app.test_client()
    seconds: dict[str, list[float]] = defaultdict(list)
    for path in paths.values():
        request_page(client, path)
    for _ in range(ROUNDS):
        for name, path in paths.items():
            started = time.perf_counter(), processor_seconds()
            request_page(client, path)
            seconds[name].append(time.perf_counter() - started[0])
            seconds[f"{name}, processor time"].append(processor_seconds() - started[1])
    print(
        json.dumps(
            {name: [median(each), quantiles(each, n=20)[-1]] for name, each in seconds.items()}
        )
    )


def processor_clock() -> Callable[[], float]:
    """Return a function that returns the seconds of processor time so far.

    The pool has one connection, because the requests follow one another.
    """
    statement = SERVER_THREADS.get(db.engine.dialect.name)
    if not statement:
        return time.process_time
    file = Path(f"/proc/{db.session.scalar(text(statement))}/schedstat")
    return lambda: time.process_time() + int(file.read_text().split()[0]) / 1e9


def request_page(client: FlaskClient, path: str) -> None:
    """Request a page; raise `AssertionError` if it fails."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)


if __name__ == "__main__":
    main()
