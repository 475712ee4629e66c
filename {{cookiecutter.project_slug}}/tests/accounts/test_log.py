"""What the log may not hold, and whom it names."""

import json
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from service.accounts.models import Member
from service.core import logs
from service.extensions import db
from tests.accounts.kim import (
    EMAIL,
    NEW,
    PASSWORD,
    WRONG,
    change_password,
    log_out_everywhere,
    register,
)
from tests.accounts.people import client_of_member, kept_member
from tests.conftest import Log


@pytest.fixture(autouse=True)
def _isolate_log() -> Iterator[None]:
    """Log to where the other tests do, when the captured one is gone."""
    yield
    logs.configure("json", "INFO")


def test_a_secret_stands_in_no_line_of_the_log(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    """R7.09, A26, B22: password, tokens and e-mail, whatever happens to them."""
    logs.configure("json", "DEBUG")
    register(client)
    register(client)
    body = {"email": EMAIL, "password": PASSWORD}
    tokens = client.post("/api/v1/auth/login", json=body).get_json()
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    client.get("/api/v1/auth/login", query_string=body)
    client.get("/api/v1/auth/me", query_string=tokens)
    client.post("/api/v1/auth/login", json={**body, "password": WRONG})
    client.post("/api/v1/auth/login", data=json.dumps(body)[:-1])
    old = {"refresh_token": tokens["refresh_token"]}
    newest = client.post("/api/v1/auth/refresh", json=old).get_json()
    client.post("/api/v1/auth/refresh", json=old)
    client.post("/api/v1/auth/refresh", json=tokens)
    change_password(client, header)
    change_password(client, header)
    log_out_everywhere(client, header)

    log = capfd.readouterr().err
    sent = [tokens["access_token"], tokens["refresh_token"], newest["refresh_token"]]
    assert log.count('"request"') >= 12
    assert [secret for secret in [EMAIL, PASSWORD, WRONG, NEW, *sent] if secret in log] == []


def test_an_error_tells_the_log_nothing_of_what_was_sent(
    make_app: Callable[..., Flask], access_token: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """R7.09, B22."""
    app = make_app(LOG_FORMAT="json")

    def fail() -> str:
        second = {"email": EMAIL, "name": "Ann", "canonical_name": "ann", "password_hash": "$2b$"}
        db.session.add(Member(**second))
        db.session.commit()
        return "not reached: the first Ann has the name"

    app.add_url_rule("/api/fail", view_func=fail)

    response = app.test_client().get(
        "/api/fail", headers={"Authorization": f"Bearer {access_token}"}
    )

    log = capfd.readouterr().err
    assert response.status_code == 500
    assert IntegrityError.__name__ in log
    for told in (log, response.text):
        assert not [secret for secret in (EMAIL, "$2b$", access_token) if secret in told]


def test_the_log_names_who_acts(app: Flask, log: Log) -> None:
    """R7.09."""
    ann = client_of_member(app)
    with app.app_context():
        member_id = kept_member()

    ann.get("/api/v1/auth/me")

    [event] = log()
    assert (event["event"], event["member_id"]) == ("request", member_id)


def test_the_log_names_nobody_where_nobody_is_known(client: FlaskClient, log: Log) -> None:
    client.get("/api/v1/auth/me")

    [event] = log()
    assert "member_id" not in event
