"""The export of a member's data through the API."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.data_export import (
    LIFETIME,
    PREPARATION_TIMEOUT,
    collect_data,
    exported_json,
    request_export,
)
from service.accounts.jobs import purge_expired
from service.accounts.models import DataExport
from service.database.columns import now
from service.extensions import db
from service.jobs.models import Job
from tests.accounts.conftest import RunConcurrently
from tests.accounts.member_actions import EMAIL, NOW, Header
from tests.mail.fixtures import Inbox, RunJobs

EXPORT = "/api/v1/auth/me/export"

Request = Callable[[], TestResponse]


@pytest.fixture
def request_file(client: FlaskClient, auth_header: Header) -> Request:
    """Return a function that requests Kim's data."""
    return lambda: client.post(EXPORT, headers=auth_header)


@pytest.fixture
def download(client: FlaskClient, auth_header: Header) -> Request:
    """Return a function that downloads Kim's data."""
    return lambda: client.get(EXPORT, headers=auth_header)


def count_jobs() -> int:
    """Return the number of jobs that collect data."""
    is_export = Job.name == "collect_data"
    return db.session.scalar(db.select(db.func.count()).where(is_export)) or 0


def test_file_contains_the_profile_and_the_sessions(
    request_file: Request, download: Request, run_jobs: RunJobs
) -> None:
    response = request_file()
    run_jobs()

    data = download().get_json()
    assert response.status_code == 202
    assert (data["profile"]["email"], data["profile"]["name"]) == (EMAIL, "Kim")
    [session] = data["sessions"]
    assert session["network"] == "127.0.0.0/24"
    assert "is_current" not in session


def test_file_contains_no_secret(
    request_file: Request, download: Request, run_jobs: RunJobs
) -> None:
    request_file()
    run_jobs()

    text = download().text
    assert [secret for secret in ("hash", "$2b$", "token") if secret in text] == []


def test_file_that_is_not_ready_is_not_found(request_file: Request, download: Request) -> None:
    before = download()
    request_file()

    assert [before.status_code, download().status_code] == [404, 404]
    assert "Request it" in before.get_json()["detail"]


def test_member_is_notified_when_the_file_is_ready(
    request_file: Request, inbox: Inbox, run_jobs: RunJobs
) -> None:
    request_file()
    run_jobs()

    [message] = inbox.messages
    assert (message["To"], str(message["Subject"])[:9]) == (EMAIL, "Your data")


@pytest.mark.usefixtures("app_context")
def test_second_request_waits_for_the_first_one(kim_id: int) -> None:
    request_export(kim_id, NOW)
    request_export(kim_id, NOW + PREPARATION_TIMEOUT / 2)

    assert count_jobs() == 1


@pytest.mark.usefixtures("app_context")
def test_request_after_a_failed_one_starts_again(kim_id: int) -> None:
    request_export(kim_id, NOW)
    request_export(kim_id, NOW + PREPARATION_TIMEOUT)

    assert count_jobs() == 2


def test_concurrent_first_requests_make_one_file(
    app: Flask, kim_id: int, run_concurrently: RunConcurrently
) -> None:
    run_concurrently(*[lambda: request_export(kim_id, NOW)] * 5)

    with app.app_context():
        assert db.session.get_one(DataExport, kim_id).requested_at == NOW
        assert count_jobs() == 1


def test_new_file_replaces_the_old_one(
    client: FlaskClient,
    auth_header: Header,
    request_file: Request,
    download: Request,
    run_jobs: RunJobs,
) -> None:
    request_file()
    run_jobs()
    client.patch("/api/v1/auth/me", json={"name": "Kim Q"}, headers=auth_header)
    request_file()
    run_jobs()

    assert download().get_json()["profile"]["name"] == "Kim Q"


@pytest.mark.usefixtures("app_context")
def test_file_expires_and_is_purged(kim_id: int) -> None:
    request_export(kim_id, now())

    collect_data(kim_id, "en")
    db.session.commit()

    before = exported_json(kim_id, now())
    with time_machine.travel(now() + LIFETIME):
        after = exported_json(kim_id, now())
        purge_expired()

    assert (bool(before), after) == (True, None)
    assert db.session.get(DataExport, kim_id) is None
