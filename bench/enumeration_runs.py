"""Compare the times of requests with the address of a member and with an unknown one.

`enumeration` runs this in the folder of a project. Each line of the output is the name of a request
and a ratio.
"""

import time
from statistics import median

from flask import Flask
from flask.testing import FlaskClient
from service import create_app
from service.accounts.models import Throttle
from service.extensions import db
from service.jobs.models import Job

SETTINGS = {
    "APP_ENV": "testing",
    "RATELIMIT_ENABLED": "0",
    "MAIL_URL": "console:",
    "PUBLIC_URL": "http://localhost",
}
MEMBER = {"email": "member@example.com", "name": "Bench", "password": "a long walk by the sea"}
ADDRESSES = (MEMBER["email"], "nobody@example.com")
REQUESTS = {
    "login": ("/api/v1/auth/login", {"password": "another walk by the sea"}, 401),
    "forgotten password": ("/api/v1/auth/password/forgot", {}, 202),
}
ROUNDS = 200
WARM_UP = 10


def main() -> None:
    """Print the ratio for each request."""
    app = create_app(SETTINGS)
    client = app.test_client()
    client.post("/api/v1/auth/register", json=MEMBER)
    for name in REQUESTS:
        rounds = [
            [measure(app, client, name, address) for address in ADDRESSES]
            for _round in range(WARM_UP + ROUNDS)
        ]
        known, unknown = (median(column) for column in zip(*rounds[WARM_UP:], strict=True))
        print(name, max(known, unknown) / min(known, unknown))


def measure(app: Flask, client: FlaskClient, name: str, address: str) -> float:
    """Send a request that is not throttled; return the seconds."""
    with app.app_context():
        for model in (Throttle, Job):
            db.session.execute(db.delete(model))
        db.session.commit()
    path, body, status = REQUESTS[name]
    started = time.perf_counter()
    response = client.post(path, json={**body, "email": address})
    seconds = time.perf_counter() - started
    assert response.status_code == status, response.text
    return seconds


if __name__ == "__main__":
    main()
