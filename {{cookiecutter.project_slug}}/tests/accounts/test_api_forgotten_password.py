"""A forgotten password, through the API: the mail with a token, and the new password."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import authentication
from service.accounts.models import Member
from service.database.columns import now
from service.extensions import db
from tests.accounts.conftest import LogIn, RunConcurrently
from tests.accounts.member_actions import (
    EMAIL,
    NEW_PASSWORD,
    PASSWORD,
    WRONG_PASSWORD,
    Header,
    change_password,
    me_status,
)
from tests.conftest import Log
from tests.mail.fixtures import Inbox, RunJobs, body_text

UNKNOWN_EMAIL = "nobody@example.com"

ReceiveToken = Callable[..., str]


@pytest.fixture
def receive_token(
    client: FlaskClient, kim_id: int, inbox: Inbox, run_jobs: RunJobs
) -> ReceiveToken:
    """Return a function that requests a mail for Kim and returns the token in it."""
    del kim_id

    def receive() -> str:
        assert forgot(client).status_code == 202
        run_jobs()
        return token_in(body_text(inbox.messages[-1]))

    return receive


def forgot(client: FlaskClient, email: str = EMAIL, **headers: str) -> TestResponse:
    """Request a mail for a forgotten password."""
    return client.post("/api/v1/auth/password/forgot", json={"email": email}, headers=headers)


def reset(client: FlaskClient, token: str, password: str = NEW_PASSWORD) -> TestResponse:
    """Set a new password with a token."""
    body = {"token": token, "password": password}
    return client.post("/api/v1/auth/password/reset", json=body)


def token_in(text: str) -> str:
    """Return the token in the text of a mail: at the end of the link, or after "Your code:"."""
    match = re.search(r"(?:/auth/reset/|Your code: )([\w-]{43})\n", text)
    assert match, text
    return match[1]


def test_token_sets_a_new_password_once(
    client: FlaskClient, login: LogIn, receive_token: ReceiveToken
) -> None:
    token = receive_token()

    assert reset(client, token).status_code == 204
    assert login().status_code == 401
    assert login(password=NEW_PASSWORD).status_code == 200
    assert reset(client, token, PASSWORD).status_code == 422


def test_new_password_ends_all_sessions(
    client: FlaskClient, auth_header: Header, receive_token: ReceiveToken
) -> None:
    assert me_status(client, auth_header) == 200

    reset(client, receive_token())

    assert me_status(client, auth_header) == 401


def test_new_password_ends_a_lockout(
    client: FlaskClient, login: LogIn, receive_token: ReceiveToken
) -> None:
    statuses = [login(password=WRONG_PASSWORD).status_code for _number in range(11)]
    assert statuses[-1] == 429

    reset(client, receive_token())

    assert login(password=NEW_PASSWORD).status_code == 200


def test_new_password_is_confirmed_by_a_mail(
    client: FlaskClient, inbox: Inbox, receive_token: ReceiveToken, run_jobs: RunJobs
) -> None:
    reset(client, receive_token())
    run_jobs()

    message = inbox.messages[-1]
    assert message["To"] == EMAIL
    assert message["Subject"].startswith("Your password on ")
    assert message["Subject"].endswith(" has been changed")


def test_response_and_job_are_the_same_for_an_unknown_address(
    client: FlaskClient, kim_id: int, inbox: Inbox, run_jobs: RunJobs, statements: list[str]
) -> None:
    del kim_id
    # The first request for an address inserts its counter.
    forgot(client), forgot(client, UNKNOWN_EMAIL)
    run_jobs()
    inbox.messages.clear()
    statements.clear()
    known = forgot(client)
    statements_for_known = statements.copy()
    statements.clear()

    unknown = forgot(client, UNKNOWN_EMAIL)

    assert (unknown.status_code, unknown.get_json()) == (known.status_code, known.get_json())
    assert statements == statements_for_known
    run_jobs()
    assert [message["To"] for message in inbox.messages] == [EMAIL]


def test_disabled_member_gets_no_mail(
    app: Flask, client: FlaskClient, kim_id: int, inbox: Inbox, run_jobs: RunJobs
) -> None:
    with app.app_context():
        authentication.disable(db.session.get_one(Member, kim_id), now())

    assert forgot(client).status_code == 202

    run_jobs()
    assert inbox.messages == []


def test_member_who_was_disabled_after_the_mail_cannot_use_the_token(
    app: Flask, client: FlaskClient, kim_id: int, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    with app.app_context():
        authentication.disable(db.session.get_one(Member, kim_id), now())

    assert reset(client, token).status_code == 422


def test_newer_token_replaces_the_older_one(
    client: FlaskClient, receive_token: ReceiveToken
) -> None:
    first, second = receive_token(), receive_token()

    assert [reset(client, token).status_code for token in (first, second)] == [422, 204]


def test_token_expires_after_an_hour(client: FlaskClient, receive_token: ReceiveToken) -> None:
    token = receive_token()

    with time_machine.travel(now().timestamp() + 3600, tick=False):
        assert reset(client, token).status_code == 422


@pytest.mark.parametrize("token", ["x", "x" * 43, "ä\x00", "\ud800", "x" * 10_000])
def test_invalid_token_is_rejected_with_one_message(client: FlaskClient, token: str) -> None:
    response = reset(client, token)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/token"]


def test_weak_password_does_not_use_up_the_token(
    client: FlaskClient, receive_token: ReceiveToken
) -> None:
    token = receive_token()

    weak = [reset(client, token, password) for password in ("password1234", EMAIL)]

    for response in weak:
        assert response.status_code == 422
        assert [error["pointer"] for error in response.get_json()["errors"]] == ["/password"]
    assert reset(client, token).status_code == 204


def test_concurrent_uses_of_a_token_succeed_once(
    app: Flask, receive_token: ReceiveToken, run_concurrently: RunConcurrently
) -> None:
    token = receive_token()

    def use() -> int:
        return reset(app.test_client(), token).status_code

    statuses = run_concurrently(*[use] * 8)

    assert sorted(statuses) == [204] + [422] * 7


def test_changed_password_invalidates_the_token(
    client: FlaskClient, auth_header: Header, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    change_password(client, auth_header)

    assert reset(client, token).status_code == 422


def test_mails_to_an_address_are_limited(client: FlaskClient) -> None:
    statuses = {
        email: [forgot(client, email).status_code for _number in range(7)]
        for email in (EMAIL, UNKNOWN_EMAIL)
    }

    assert statuses == dict.fromkeys(statuses, [202] * 5 + [429] * 2)


def test_no_token_is_stored_or_logged(
    app: Flask, client: FlaskClient, receive_token: ReceiveToken, log: Log
) -> None:
    token = receive_token()
    reset(client, token)

    with app.app_context():
        rows = [
            str(row)
            for table in db.metadata.sorted_tables
            for row in db.session.execute(db.select(table)).all()
        ]
    assert token not in "\n".join(rows)
    assert token not in str(log())


def test_log_contains_the_events_of_a_reset(
    client: FlaskClient, receive_token: ReceiveToken, log: Log
) -> None:
    reset(client, receive_token())
    reset(client, "unknown")

    names = [event["event"] for event in log() if event["event"].startswith("authn_")]
    assert names == ["authn_token_created", "authn_password_change", "authn_password_change_fail"]


def test_refused_mail_is_logged_and_not_sent_again(
    client: FlaskClient, kim_id: int, inbox: Inbox, run_jobs: RunJobs, log: Log
) -> None:
    del kim_id
    inbox.replies["RCPT"] = "550 kim@example.com is unknown"
    forgot(client)
    run_jobs()
    del inbox.replies["RCPT"]
    run_jobs()

    [event] = [event for event in log() if event["event"] == "mail_refused"]
    assert (event["reason"], inbox.messages) == ("the mail server replied 550", [])


def test_mail_is_sent_again_after_a_temporary_refusal(
    client: FlaskClient, kim_id: int, inbox: Inbox, run_jobs: RunJobs
) -> None:
    del kim_id
    inbox.replies["RCPT"] = "450 busy"
    forgot(client)
    run_jobs()
    del inbox.replies["RCPT"]

    with time_machine.travel(now().timestamp() + 60, tick=True):
        run_jobs()

    assert [message["To"] for message in inbox.messages] == [EMAIL]


@pytest.mark.usefixtures("kim_id")
@pytest.mark.parametrize(
    ("locale", "text"),
    [
        pytest.param("ko", "비밀번호 재설정 안내", id="Korean"),
        pytest.param("en", "Reset your password", id="English"),
    ],
)
def test_mail_has_the_language_of_the_request(
    client: FlaskClient, inbox: Inbox, run_jobs: RunJobs, locale: str, text: str
) -> None:
    forgot(client, **{"Accept-Language": locale})
    run_jobs()

    assert text in inbox.messages[0]["Subject"]


def test_mail_is_unavailable_without_a_mail_server(
    production_app: Flask, kim_id: int, log: Log
) -> None:
    del kim_id, log
    responses: list[Any] = [
        production_app.test_client().post(
            "/api/v1/auth/password/forgot", json={"email": email}, base_url="https://example.com"
        )
        for email in (EMAIL, UNKNOWN_EMAIL)
    ]

    assert [response.status_code for response in responses] == [503, 503]
    assert responses[0].get_json()["detail"].startswith("This service sends no mail.")
