"""What the log contains about members: ids, but no credentials or email addresses."""

import json
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from service.accounts.models import Member
from service.extensions import db
from service.operations import logs
from tests.accounts.member_actions import (
    EMAIL,
    NEW_PASSWORD,
    PASSWORD,
    WRONG_PASSWORD,
    change_password,
    logout_all,
    register,
)
from tests.accounts.people import ensure_member_id, logged_in_client
from tests.conftest import Log


@pytest.fixture(autouse=True)
def _isolate_log() -> Iterator[None]:
    """Configure the log again after a test, because `capfd` replaces standard error."""
    yield
    logs.configure("json", "INFO")


def test_log_contains_no_credentials_or_email_addresses(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("json", "DEBUG")
    register(client)
    register(client)
    body = {"email": EMAIL, "password": PASSWORD}
    tokens = client.post("/api/v1/auth/login", json=body).get_json()
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    client.get("/api/v1/auth/login", query_string=body)
    client.get("/api/v1/auth/me", query_string=tokens)
    client.post("/api/v1/auth/login", json={**body, "password": WRONG_PASSWORD})
    client.post("/api/v1/auth/login", data=json.dumps(body)[:-1])
    old = {"refresh_token": tokens["refresh_token"]}
    newest = client.post("/api/v1/auth/refresh", json=old).get_json()
    client.post("/api/v1/auth/refresh", json=old)
    client.post("/api/v1/auth/refresh", json=tokens)
    change_password(client, header)
    change_password(client, header)
    logout_all(client, header)

    log = capfd.readouterr().err
    sent_tokens = [tokens["access_token"], tokens["refresh_token"], newest["refresh_token"]]
    assert log.count('"request"') >= 12
    assert [
        secret
        for secret in [EMAIL, PASSWORD, WRONG_PASSWORD, NEW_PASSWORD, *sent_tokens]
        if secret in log
    ] == []


def test_logged_exception_contains_no_submitted_values(
    make_app: Callable[..., Flask], access_token: str, capfd: pytest.CaptureFixture[str]
) -> None:
    app = make_app(LOG_FORMAT="json")

    def fail() -> str:
        duplicate = {"email": EMAIL, "name": "Ann", "password_hash": "$2b$"}
        db.session.add(Member(**duplicate))
        db.session.commit()
        return "not reached: the name is taken"

    app.add_url_rule("/api/fail", view_func=fail)

    response = app.test_client().get(
        "/api/fail", headers={"Authorization": f"Bearer {access_token}"}
    )

    log = capfd.readouterr().err
    assert response.status_code == 500
    assert IntegrityError.__name__ in log
    for text in (log, response.text):
        assert not [secret for secret in (EMAIL, "$2b$", access_token) if secret in text]


def test_log_contains_the_member_id(app: Flask, log: Log) -> None:
    ann = logged_in_client(app)
    with app.app_context():
        member_id = ensure_member_id()

    ann.get("/api/v1/auth/me")

    [event] = log()
    assert (event["event"], event["member_id"]) == ("request", member_id)


def test_log_contains_no_member_id_without_authentication(client: FlaskClient, log: Log) -> None:
    client.get("/api/v1/auth/me")

    [event] = log()
    assert "member_id" not in event
