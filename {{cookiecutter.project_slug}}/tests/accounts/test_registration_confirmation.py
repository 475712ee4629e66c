"""The setting `REGISTRATION=confirmed`, through the API."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.mailed_tokens import Purpose, issue_token
from service.accounts.models import Member
from service.database.columns import now
from service.extensions import db
from tests.accounts.conftest import RunConcurrently
from tests.accounts.member_actions import (
    EMAIL,
    NEW_PASSWORD,
    PASSWORD,
    Header,
    change_password,
    make_auth_header,
    me_status,
    register,
)
from tests.mail.fixtures import Inbox, RunJobs, body_text

NEW_EMAIL = "kim@example.org"
QUESTION = {"title": "How do I begin?", "body": "I have started nothing."}

ReceiveToken = Callable[[], str]


@pytest.fixture
def unconfirmed(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Header:
    """Register Kim, who must confirm the address, and return Kim's `Authorization` header."""
    monkeypatch.setitem(app.config, "REGISTRATION", "confirmed")
    assert register(client).status_code == 201
    body = {"email": EMAIL, "password": PASSWORD}
    return make_auth_header(client.post("/api/v1/auth/login", json=body))


@pytest.fixture
def receive_token(unconfirmed: Header, inbox: Inbox, run_jobs: RunJobs) -> ReceiveToken:
    """Return a function that returns the token in the last mail."""
    del unconfirmed

    def receive() -> str:
        run_jobs()
        match = re.search(
            r"(?:/auth/email/|Your code: )([\w-]{43})\n", body_text(inbox.messages[-1])
        )
        assert match
        return match[1]

    return receive


def ask(client: FlaskClient, header: Header) -> TestResponse:
    """Ask a question."""
    return client.post("/api/v1/questions", json=QUESTION, headers=header)


def confirm(client: FlaskClient, token: str) -> TestResponse:
    """Confirm an address with a token."""
    return client.post("/api/v1/auth/me/email/confirm", json={"token": token})


def resend(client: FlaskClient, header: Header) -> TestResponse:
    """Request another mail."""
    return client.post("/api/v1/auth/me/email/resend", headers=header)


def test_unconfirmed_member_reads(client: FlaskClient, unconfirmed: Header) -> None:
    assert me_status(client, unconfirmed) == 200
    assert client.get("/api/v1/questions", headers=unconfirmed).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PATCH", "/1"),
        ("PUT", "/1/vote"),
        ("PUT", "/1/accept"),
        ("POST", "/1/answers"),
        ("PATCH", "/1/answers/1"),
        ("PUT", "/1/answers/1/vote"),
    ],
)
def test_unconfirmed_member_cannot_write(
    client: FlaskClient, unconfirmed: Header, method: str, path: str
) -> None:
    response = client.open(f"/api/v1/questions{path}", method=method, json={}, headers=unconfirmed)

    assert (response.status_code, response.get_json()["code"]) == (403, "email_unconfirmed")


def test_confirmed_member_writes(
    client: FlaskClient, unconfirmed: Header, receive_token: ReceiveToken
) -> None:
    token = receive_token()

    assert [confirm(client, token).status_code for _number in range(2)] == [204, 204]

    # The session of the registration stays active.
    assert ask(client, unconfirmed).status_code == 201


def test_concurrent_confirmations_succeed(
    app: Flask, receive_token: ReceiveToken, run_concurrently: RunConcurrently
) -> None:
    token = receive_token()

    statuses = run_concurrently(*[lambda: confirm(app.test_client(), token).status_code] * 8)

    assert statuses == [204] * 8


def test_mail_is_sent_again(
    client: FlaskClient, unconfirmed: Header, receive_token: ReceiveToken
) -> None:
    first = receive_token()
    assert resend(client, unconfirmed).status_code == 202
    second = receive_token()

    assert [confirm(client, token).status_code for token in (first, second)] == [422, 204]


def test_mails_are_limited(client: FlaskClient, unconfirmed: Header) -> None:
    statuses = [resend(client, unconfirmed).status_code for _number in range(7)]

    assert statuses == [202] * 5 + [429] * 2


def test_confirmed_member_gets_no_mail(
    client: FlaskClient,
    unconfirmed: Header,
    receive_token: ReceiveToken,
    inbox: Inbox,
    run_jobs: RunJobs,
) -> None:
    confirm(client, receive_token())
    inbox.messages.clear()

    assert resend(client, unconfirmed).status_code == 202
    run_jobs()
    assert inbox.messages == []


def test_mail_is_unavailable_without_a_mail_server(
    app: Flask, client: FlaskClient, unconfirmed: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_URL", None)

    assert resend(client, unconfirmed).status_code == 503


def test_token_is_valid_after_a_new_password(
    client: FlaskClient, unconfirmed: Header, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    change_password(client, unconfirmed)

    assert confirm(client, token).status_code == 204


def test_expired_token_is_rejected(app: Flask, client: FlaskClient, unconfirmed: Header) -> None:
    with app.app_context():
        member = db.session.scalars(db.select(Member)).one()
        past = now().replace(year=2020)
        token = issue_token(Purpose.EMAIL_CONFIRMATION, EMAIL, member.id, past)

    assert confirm(client, token).status_code == 422
    assert ask(client, unconfirmed).status_code == 403


def test_new_address_is_confirmed_as_well(
    client: FlaskClient, unconfirmed: Header, receive_token: ReceiveToken
) -> None:
    body = {"email": NEW_EMAIL, "password": PASSWORD}
    client.post("/api/v1/auth/me/email", json=body, headers=unconfirmed)
    token = receive_token()
    client.post("/api/v1/auth/me/email/confirm", json={"token": token}, headers=unconfirmed)

    assert ask(client, unconfirmed).status_code == 201


def test_password_reset_confirms_the_address(
    app: Flask, client: FlaskClient, unconfirmed: Header
) -> None:
    del unconfirmed
    with app.app_context():
        member = db.session.scalars(db.select(Member)).one()
        token = issue_token(Purpose.PASSWORD_RESET, EMAIL, member.id, now())
    body = {"token": token, "password": NEW_PASSWORD}
    client.post("/api/v1/auth/password/reset", json=body)
    login = {"email": EMAIL, "password": NEW_PASSWORD}
    header = make_auth_header(client.post("/api/v1/auth/login", json=login))

    assert ask(client, header).status_code == 201


def test_open_registration_lets_unconfirmed_members_write(
    app: Flask, client: FlaskClient, unconfirmed: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", "open")

    assert ask(client, unconfirmed).status_code == 201


@pytest.mark.parametrize("registration", ["invited", "closed"])
def test_unconfirmed_members_cannot_write_if_registration_is_restricted_later(
    app: Flask,
    client: FlaskClient,
    unconfirmed: Header,
    registration: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", registration)

    assert ask(client, unconfirmed).status_code == 403


@pytest.mark.usefixtures("kim_id")
def test_existing_members_count_as_confirmed(
    app: Flask, client: FlaskClient, auth_header: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", "confirmed")

    assert ask(client, auth_header).status_code == 201
