"""The change of the email address, through the API."""

import re
from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.accounts import authentication
from service.accounts.mailed_tokens import Purpose, issue_token
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
    logout_all,
    me_status,
    register,
)
from tests.conftest import Log
from tests.mail.fixtures import Inbox, RunJobs, body_text

NEW_EMAIL = "kim@example.org"
REGISTERED_EMAIL = "lee@example.com"

ReceiveToken = Callable[..., str]


@pytest.fixture
def receive_token(
    client: FlaskClient, auth_header: Header, inbox: Inbox, run_jobs: RunJobs
) -> ReceiveToken:
    """Return a function that requests a new address for Kim and returns the token in the mail."""

    def receive(email: str = NEW_EMAIL) -> str:
        assert change_email(client, auth_header, email).status_code == 202
        run_jobs()
        [message] = [message for message in inbox.messages if message["To"] == email]
        inbox.messages.clear()
        return token_in(body_text(message))

    return receive


def change_email(
    client: FlaskClient, header: Header, email: str = NEW_EMAIL, password: str = PASSWORD
) -> TestResponse:
    """Request a change of the address."""
    body = {"email": email, "password": password}
    return client.post("/api/v1/auth/me/email", json=body, headers=header)


def confirm(client: FlaskClient, token: str, header: Header | None = None) -> TestResponse:
    """Confirm an address with a token."""
    body = {"token": token}
    return client.post("/api/v1/auth/me/email/confirm", json=body, headers=header)


def token_in(text: str) -> str:
    """Return the token in the text of a mail: at the end of the link, or after "Your code:"."""
    match = re.search(r"(?:/auth/email/|Your code: )([\w-]{43})\n", text)
    assert match, text
    return match[1]


def kims_address(app: Flask, kim_id: int) -> str:
    """Return the address of Kim."""
    with app.app_context():
        return db.session.scalars(select(Member.email).where(Member.id == kim_id)).one()


def test_confirmed_address_logs_in(
    client: FlaskClient, login: LogIn, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    assert login().status_code == 200

    assert confirm(client, token).status_code == 204

    assert login().status_code == 401
    assert login(email=NEW_EMAIL).status_code == 200


def test_both_addresses_are_told(
    client: FlaskClient, auth_header: Header, inbox: Inbox, run_jobs: RunJobs
) -> None:
    change_email(client, auth_header)
    run_jobs()
    mails = {message["To"]: message for message in inbox.messages}
    inbox.messages.clear()
    confirm(client, token_in(body_text(mails[NEW_EMAIL])))
    run_jobs()

    assert mails.keys() == {EMAIL, NEW_EMAIL}
    assert "is about to change" in mails[EMAIL]["Subject"]
    assert [message["To"] for message in inbox.messages] == [EMAIL]
    assert "has been changed" in inbox.messages[0]["Subject"]
    assert NEW_EMAIL not in body_text(mails[EMAIL]) + body_text(inbox.messages[0])


def test_new_address_ends_the_other_sessions(
    client: FlaskClient, login: LogIn, auth_header: Header, receive_token: ReceiveToken
) -> None:
    other = {"Authorization": f"Bearer {login().get_json()['access_token']}"}

    confirm(client, receive_token(), auth_header)

    assert (me_status(client, auth_header), me_status(client, other)) == (200, 401)


def test_new_address_ends_all_sessions_without_one(
    client: FlaskClient, auth_header: Header, receive_token: ReceiveToken
) -> None:
    confirm(client, receive_token())

    assert me_status(client, auth_header) == 401


def test_confirming_twice_ends_like_the_first_time(
    client: FlaskClient, receive_token: ReceiveToken
) -> None:
    token = receive_token()

    assert [confirm(client, token).status_code for _number in range(2)] == [204, 204]


def test_concurrent_confirmations_succeed(
    app: Flask, receive_token: ReceiveToken, run_concurrently: RunConcurrently, log: Log
) -> None:
    token = receive_token()

    statuses = run_concurrently(*[lambda: confirm(app.test_client(), token).status_code] * 8)

    assert statuses == [204] * 8
    assert [event["event"] for event in log()].count("user_updated") == 1


def test_used_token_does_not_bring_an_address_back(
    client: FlaskClient, login: LogIn, receive_token: ReceiveToken
) -> None:
    first = receive_token()
    confirm(client, first)
    header = {"Authorization": f"Bearer {login(email=NEW_EMAIL).get_json()['access_token']}"}
    assert change_email(client, header, "third@example.com").status_code == 202

    assert confirm(client, first).status_code == 204
    assert login(email=NEW_EMAIL).status_code == 200


@pytest.mark.parametrize("password", [WRONG_PASSWORD, "x"])
def test_wrong_password_requests_nothing(
    client: FlaskClient, auth_header: Header, inbox: Inbox, run_jobs: RunJobs, password: str
) -> None:
    response = change_email(client, auth_header, password=password)
    run_jobs()

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/password"]
    assert inbox.messages == []


def test_wrong_passwords_count_as_failed_logins(
    client: FlaskClient, login: LogIn, auth_header: Header
) -> None:
    statuses = [
        change_email(client, auth_header, password=WRONG_PASSWORD).status_code
        for _number in range(11)
    ]

    assert statuses == [422] * 10 + [429]
    assert login().status_code == 429


def test_response_is_the_same_for_a_registered_address(
    client: FlaskClient,
    auth_header: Header,
    inbox: Inbox,
    run_jobs: RunJobs,
    statements: list[str],
) -> None:
    register(client, email=REGISTERED_EMAIL, name="Lee")
    # The first request for an address inserts its counter.
    for email in (NEW_EMAIL, REGISTERED_EMAIL):
        change_email(client, auth_header, email)
    run_jobs()
    inbox.messages.clear()
    statements.clear()
    new = change_email(client, auth_header)
    statements_for_new = statements.copy()
    statements.clear()

    registered = change_email(client, auth_header, REGISTERED_EMAIL)

    assert (registered.status_code, registered.get_json()) == (202, new.get_json())
    assert statements == statements_for_new
    run_jobs()
    assert REGISTERED_EMAIL not in [message["To"] for message in inbox.messages]


def test_address_that_was_registered_meanwhile_is_a_conflict(
    app: Flask, client: FlaskClient, kim_id: int, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    register(client, email=NEW_EMAIL, name="Lee")

    response = confirm(client, token)

    assert response.status_code == 409
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/token"]
    assert kims_address(app, kim_id) == EMAIL


def test_one_of_two_members_gets_the_address(
    app: Flask,
    client: FlaskClient,
    kim_id: int,
    receive_token: ReceiveToken,
    run_concurrently: RunConcurrently,
) -> None:
    lee_id = register(client, email=REGISTERED_EMAIL, name="Lee").get_json()["id"]
    with app.app_context():
        lees = issue_token(Purpose.EMAIL_CONFIRMATION, NEW_EMAIL, lee_id, now())
    kims = receive_token()

    statuses = run_concurrently(
        *[
            lambda token=token: confirm(app.test_client(), token).status_code
            for token in (kims, lees)
        ]
    )

    assert sorted(statuses) == [204, 409]
    assert [kims_address(app, id_) for id_ in (kim_id, lee_id)].count(NEW_EMAIL) == 1


def test_new_password_cancels_the_change(
    client: FlaskClient, auth_header: Header, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    change_password(client, auth_header)

    assert confirm(client, token).status_code == 422


def test_logging_out_everywhere_cancels_the_change(
    client: FlaskClient, auth_header: Header, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    logout_all(client, auth_header)

    assert confirm(client, token).status_code == 422


def test_new_password_cancels_a_change_whose_mail_has_not_been_sent(
    client: FlaskClient, auth_header: Header, inbox: Inbox, run_jobs: RunJobs
) -> None:
    change_email(client, auth_header)
    change_password(client, auth_header)
    run_jobs()

    assert NEW_EMAIL not in [message["To"] for message in inbox.messages]


def test_disabled_member_cannot_confirm(
    app: Flask, client: FlaskClient, kim_id: int, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    with app.app_context():
        authentication.disable(db.session.get_one(Member, kim_id), now())

    assert confirm(client, token).status_code == 422


def test_newer_request_replaces_the_older_one(
    app: Flask, client: FlaskClient, kim_id: int, receive_token: ReceiveToken
) -> None:
    older, newer = receive_token(), receive_token("third@example.com")

    assert [confirm(client, token).status_code for token in (older, newer)] == [422, 204]
    assert kims_address(app, kim_id) == "third@example.com"


def test_request_of_another_member_leaves_the_token_valid(
    app: Flask, client: FlaskClient, receive_token: ReceiveToken
) -> None:
    token = receive_token()
    lee_id = register(client, email=REGISTERED_EMAIL, name="Lee").get_json()["id"]
    with app.app_context():
        issue_token(Purpose.EMAIL_CONFIRMATION, NEW_EMAIL, lee_id, now())

    assert confirm(client, token).status_code == 204


def test_token_expires_after_a_day(client: FlaskClient, receive_token: ReceiveToken) -> None:
    token = receive_token()

    with time_machine.travel(now().timestamp() + 24 * 3600, tick=False):
        assert confirm(client, token).status_code == 422


@pytest.mark.parametrize("token", ["x", "x" * 43, "ä\x00", "\ud800", "x" * 10_000])
def test_invalid_token_is_rejected(client: FlaskClient, token: str) -> None:
    response = confirm(client, token)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/token"]


def test_reset_token_of_the_old_address_is_invalid(
    app: Flask, client: FlaskClient, kim_id: int, receive_token: ReceiveToken
) -> None:
    with app.app_context():
        reset_token = issue_token(Purpose.PASSWORD_RESET, EMAIL, kim_id, now())
    confirm(client, receive_token())

    body = {"token": reset_token, "password": NEW_PASSWORD}
    assert client.post("/api/v1/auth/password/reset", json=body).status_code == 422


def test_invitation_does_not_register_the_old_address_again(
    app: Flask,
    client: FlaskClient,
    receive_token: ReceiveToken,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", "invited")
    with app.app_context():
        invitation = issue_token(Purpose.INVITATION, EMAIL, None, now())
    confirm(client, receive_token())

    assert register(client, name="Another", token=invitation).status_code == 422


def test_mails_to_an_address_are_limited(client: FlaskClient, auth_header: Header) -> None:
    statuses = [change_email(client, auth_header).status_code for _number in range(7)]

    assert statuses == [202] * 5 + [429] * 2


def test_no_token_is_stored_or_logged(
    app: Flask, client: FlaskClient, receive_token: ReceiveToken, log: Log
) -> None:
    token = receive_token()
    confirm(client, token)

    with app.app_context():
        rows = [
            str(row)
            for table in db.metadata.sorted_tables
            for row in db.session.execute(db.select(table)).all()
        ]
    assert token not in "\n".join(rows)
    assert token not in str(log())


def test_log_contains_the_events_of_a_change(
    client: FlaskClient, kim_id: int, receive_token: ReceiveToken, log: Log
) -> None:
    confirm(client, receive_token())

    events = {event["event"]: event for event in log()}
    assert events["authn_token_created"]["purpose"] == "email_confirmation"
    assert events["user_updated"]["member_id"] == kim_id
    assert events["user_updated"]["attributes"] == ["email"]


def test_change_is_unavailable_without_a_mail_server(
    client: FlaskClient, app: Flask, auth_header: Header, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_URL", None)

    response = change_email(client, auth_header)

    assert response.status_code == 503
    assert response.get_json()["detail"].startswith("This service sends no mail")
