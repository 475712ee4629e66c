"""Notices: mails that tell a member what has happened to the account."""

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import authentication
from service.accounts.models import Member
from service.database.columns import now
from service.extensions import db
from tests.accounts.conftest import LogIn
from tests.accounts.member_actions import EMAIL, WRONG_PASSWORD, Header, change_password
from tests.mail.fixtures import Inbox, RunJobs, body_text

TWO_DAYS = 2 * 24 * 60 * 60
HOME, OTHER = "192.0.2.7", "198.51.100.7"


@pytest.fixture
def old_account(app: Flask, kim_id: int) -> None:
    """Make the account of Kim two days old."""
    with app.app_context(), time_machine.travel(now().timestamp() - TWO_DAYS):
        db.session.get_one(Member, kim_id).created_at = now()
        db.session.commit()


def subjects(inbox: Inbox) -> list[str]:
    """Return the subjects of the messages."""
    return [str(message["Subject"]) for message in inbox.messages]


@pytest.mark.usefixtures("old_account")
def test_member_is_notified_once_of_a_login_from_a_new_network(
    login: LogIn, inbox: Inbox, run_jobs: RunJobs
) -> None:
    for address in (HOME, HOME, OTHER):
        assert login(address).status_code == 200
    run_jobs()

    networks = [body_text(message) for message in inbox.messages]
    assert ["192.0.2.0/24" in text for text in networks] == [True, False]
    assert ["198.51.100.0/24" in text for text in networks] == [False, True]
    assert all(message["To"] == EMAIL for message in inbox.messages)


def test_login_on_the_first_day_sends_no_mail(
    login: LogIn, inbox: Inbox, run_jobs: RunJobs
) -> None:
    login(HOME)
    run_jobs()

    assert inbox.messages == []


@pytest.mark.usefixtures("old_account")
def test_failed_login_sends_no_mail(login: LogIn, inbox: Inbox, run_jobs: RunJobs) -> None:
    login(HOME, password=WRONG_PASSWORD)
    run_jobs()

    assert inbox.messages == []


def test_member_is_notified_of_a_changed_password(
    client: FlaskClient, auth_header: Header, inbox: Inbox, run_jobs: RunJobs
) -> None:
    change_password(client, auth_header)
    run_jobs()

    [subject] = subjects(inbox)
    assert subject.endswith("has been changed")


def test_member_is_notified_of_a_password_set_by_a_command(
    app: Flask, kim_id: int, inbox: Inbox, run_jobs: RunJobs
) -> None:
    with app.app_context():
        member = db.session.get_one(Member, kim_id)
        authentication.set_password(member, "a new horse battery", now())
    run_jobs()

    [subject] = subjects(inbox)
    assert subject.endswith("has been changed")


def test_disabled_member_is_not_notified(
    app: Flask, kim_id: int, inbox: Inbox, run_jobs: RunJobs
) -> None:
    with app.app_context():
        member = db.session.get_one(Member, kim_id)
        authentication.set_password(member, "a new horse battery", now())
        authentication.disable(member, now())
    run_jobs()

    assert inbox.messages == []


def test_member_is_notified_of_a_token_that_is_used_twice(
    client: FlaskClient, login: LogIn, inbox: Inbox, run_jobs: RunJobs
) -> None:
    first = login().get_json()["refresh_token"]
    second = client.post("/api/v1/auth/refresh", json={"refresh_token": first}).get_json()
    client.post("/api/v1/auth/refresh", json={"refresh_token": second["refresh_token"]})

    assert client.post("/api/v1/auth/refresh", json={"refresh_token": first}).status_code == 401

    run_jobs()
    [subject] = subjects(inbox)
    assert "A session of your account on " in subject


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize(
    ("locale", "text"),
    [
        pytest.param("ko", "비밀번호가 변경되었어요", id="Korean"),
        pytest.param("en", "has been changed", id="English"),
    ],
)
def test_mail_has_the_language_that_the_member_has_chosen(
    kim_id: int, inbox: Inbox, run_jobs: RunJobs, locale: str, text: str
) -> None:
    member = db.session.get_one(Member, kim_id)
    member.locale = locale
    db.session.commit()
    authentication.set_password(member, "a new horse battery", now())
    run_jobs()

    [subject] = subjects(inbox)
    assert text in subject
