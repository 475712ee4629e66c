"""The deletion of an account."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from werkzeug.exceptions import Unauthorized
from werkzeug.test import TestResponse

from service.accounts.data_export import request_export
from service.accounts.deletion import Posts, delete_account
from service.accounts.mailed_tokens import Purpose, issue_token
from service.accounts.member_profile import update_profile
from service.accounts.models import DataExport, MailedToken, Member, Session
from service.extensions import db
from service.jobs.models import Job
from tests.accounts.conftest import LogIn, RunConcurrently
from tests.accounts.member_actions import EMAIL, NOW, PASSWORD, REGISTRATION, WRONG_PASSWORD, Header
from tests.conftest import Log
from tests.mail.fixtures import Inbox, RunJobs, body_text

Delete = Callable[..., TestResponse]


@pytest.fixture
def delete(client: FlaskClient, auth_header: Header) -> Delete:
    """Return a function that deletes Kim's account through the API; keywords replace fields."""

    def post(**changes: object) -> TestResponse:
        body = {"password": PASSWORD, "posts": "keep", **changes}
        return client.post("/api/v1/auth/me/delete", json=body, headers=auth_header)

    return post


def is_deleted(member_id: int) -> bool:
    """Return whether the account of a member has been deleted."""
    deleted_at = db.session.scalar(db.select(Member.deleted_at).where(Member.id == member_id))
    return deleted_at is not None


def test_deleted_member_is_logged_out_and_cannot_log_in(
    client: FlaskClient, auth_header: Header, delete: Delete, login: LogIn
) -> None:
    response = delete()

    me = client.get("/api/v1/auth/me", headers=auth_header)
    assert [response.status_code, me.status_code, login().status_code] == [204, 401, 401]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        pytest.param({"password": WRONG_PASSWORD}, "/password", id="wrong password"),
        pytest.param({"password": ""}, "/password", id="empty password"),
        pytest.param({"posts": "some"}, "/posts", id="unknown choice"),
        pytest.param({"posts": None}, "/posts", id="no choice"),
    ],
)
def test_invalid_request_deletes_nothing(
    delete: Delete, login: LogIn, changes: dict[str, object], pointer: str
) -> None:
    response = delete(**changes)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]
    assert login().status_code == 200


def test_wrong_passwords_count_as_failed_logins(delete: Delete) -> None:
    statuses = [delete(password=WRONG_PASSWORD).status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]


def test_no_personal_data_remains(app: Flask, kim_id: int, delete: Delete, login: LogIn) -> None:
    login("192.0.2.7")
    with app.app_context():
        issue_token(Purpose.PASSWORD_RESET, EMAIL, kim_id, NOW)
        issue_token(Purpose.INVITATION, EMAIL, None, NOW)
        request_export(kim_id, NOW)
    delete()

    with app.app_context():
        member = db.session.get_one(Member, kim_id)
        sessions = db.session.scalars(db.select(Session)).all()
        texts = [str(getattr(member, column.key)) for column in Member.__table__.columns]
        assert [text for text in texts if "kim" in text.casefold() or text.startswith("$")] == []
        assert {(each.user_agent, each.network) for each in sessions} == {("", "")}
        for model in (MailedToken, DataExport):
            assert db.session.scalar(db.select(model)) is None


def test_finished_jobs_have_no_arguments(app: Flask, delete: Delete, run_jobs: RunJobs) -> None:
    delete()
    run_jobs()

    with app.app_context():
        finished = db.select(Job.arguments).where(Job.finished_at.is_not(None))
        assert [job for job in db.session.scalars(finished) if job] == []


def test_address_and_name_can_be_registered_again(client: FlaskClient, delete: Delete) -> None:
    delete()

    assert client.post("/api/v1/auth/register", json=REGISTRATION).status_code == 201


@pytest.mark.usefixtures("app_context")
def test_several_members_can_be_deleted(runner: FlaskCliRunner, kim_id: int) -> None:
    runner.invoke(args=["create-member", "lee@example.com", "Lee", "--random-password"])
    delete_account(kim_id, Posts.KEEP, NOW)

    result = runner.invoke(args=["delete-member", "lee@example.com", "--posts", "delete", "--yes"])

    assert (result.exit_code, result.output) == (0, "Deleted Lee (lee@example.com).\n")


def test_concurrent_deletions_have_one_effect(
    app: Flask, kim_id: int, run_concurrently: RunConcurrently
) -> None:
    run_concurrently(*[lambda: delete_account(kim_id, Posts.KEEP, NOW)] * 5)

    with app.app_context():
        assert is_deleted(kim_id)


@pytest.mark.usefixtures("app_context")
def test_running_request_cannot_restore_the_name(kim_id: int) -> None:
    delete_account(kim_id, Posts.KEEP, NOW)

    with pytest.raises(Unauthorized):
        update_profile(kim_id, {"name": "Kim"})
    assert db.session.get_one(Member, kim_id).name == "Deleted member"


def test_farewell_is_sent_to_the_old_address(
    mail_app: Flask, kim_id: int, inbox: Inbox, run_jobs: RunJobs
) -> None:
    with mail_app.app_context():
        delete_account(kim_id, Posts.KEEP, NOW)
    run_jobs()

    [message] = inbox.messages
    assert message["To"] == EMAIL
    assert "have been deleted." in body_text(message)


def test_deletion_is_logged(delete: Delete, log: Log) -> None:
    delete()

    assert "user_deleted" in [line["event"] for line in log()]


def test_command_asks_for_confirmation(app: Flask, runner: FlaskCliRunner, kim_id: int) -> None:
    result = runner.invoke(args=["delete-member", EMAIL], input="n\n")

    with app.app_context():
        assert (result.exit_code, is_deleted(kim_id)) == (1, False)


def test_command_refuses_an_unknown_address(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["delete-member", "nobody@example.com", "--yes"])

    assert result.exit_code == 1
    assert "No member has the email address nobody@example.com." in result.output
