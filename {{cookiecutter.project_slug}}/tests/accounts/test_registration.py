"""Who may register: the setting `REGISTRATION`, and invitations."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from service.accounts.mailed_tokens import Purpose, issue_token
from service.accounts.models import Member
from service.database.columns import now
from service.extensions import db
from tests.accounts.member_actions import EMAIL, register

CODES = {"invited": "invitation_required", "closed": "registration_closed"}


@pytest.fixture(params=CODES)
def mode(request: pytest.FixtureRequest, app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """Set `REGISTRATION` so that not everybody may register; return its value."""
    monkeypatch.setitem(app.config, "REGISTRATION", request.param)
    return str(request.param)


@pytest.fixture
def _invited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Require an invitation."""
    monkeypatch.setitem(app.config, "REGISTRATION", "invited")


def invite(app: Flask, email: str = EMAIL, age: timedelta = timedelta(0)) -> str:
    """Return the token of an invitation."""
    with app.app_context():
        return issue_token(Purpose.INVITATION, email, None, now() - age)


def test_registration_without_an_invitation_is_refused(client: FlaskClient, mode: str) -> None:
    response = register(client)

    assert (response.status_code, response.get_json()["code"]) == (403, CODES[mode])


def test_command_creates_members_in_any_case(runner: FlaskCliRunner, mode: str) -> None:
    del mode
    result = runner.invoke(args=["create-member", EMAIL, "Kim", "--random-password"])

    assert result.exit_code == 0, result.output


def test_invited_person_need_not_confirm_the_address(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", "confirmed")
    register(client, token=invite(app))

    with app.app_context():
        assert db.session.scalars(db.select(Member.unconfirmed_since)).all() == [None]


@pytest.mark.usefixtures("_invited")
def test_invited_person_registers(client: FlaskClient, app: Flask) -> None:
    response = register(client, token=invite(app))

    assert (response.status_code, response.get_json()["email"]) == (201, EMAIL)


def test_invitation_can_be_used_if_registration_is_open(client: FlaskClient, app: Flask) -> None:
    assert register(client, token=invite(app)).status_code == 201


def test_invitation_cannot_be_used_if_nobody_may_register(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", "closed")

    response = register(client, token=invite(app))

    assert (response.status_code, response.get_json()["code"]) == (403, "registration_closed")


@pytest.mark.usefixtures("_invited")
@pytest.mark.parametrize(
    ("email", "age"),
    [
        pytest.param("eve@example.com", timedelta(0), id="for another address"),
        pytest.param(EMAIL, timedelta(days=7), id="expired"),
    ],
)
def test_invitation_is_refused(client: FlaskClient, app: Flask, email: str, age: timedelta) -> None:
    response = register(client, token=invite(app, email, age))

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/token"]


@pytest.mark.usefixtures("_invited")
def test_invitation_can_be_used_once(client: FlaskClient, app: Flask) -> None:
    token = invite(app)
    register(client, token=token)

    assert register(client, token=token, name="Another").status_code == 409


@pytest.mark.usefixtures("_invited")
def test_only_the_newest_invitation_is_valid(client: FlaskClient, app: Flask) -> None:
    earlier, newest = invite(app), invite(app)

    assert register(client, token=earlier).status_code == 422
    assert register(client, token=newest).status_code == 201


@pytest.mark.usefixtures("_invited")
def test_token_for_something_else_is_no_invitation(client: FlaskClient, app: Flask) -> None:
    with app.app_context():
        token = issue_token(Purpose.PASSWORD_RESET, EMAIL, None, now())

    assert register(client, token=token).status_code == 422


@pytest.mark.usefixtures("_invited")
def test_command_invites_an_address(
    app: Flask, runner: FlaskCliRunner, client: FlaskClient
) -> None:
    result = runner.invoke(args=["invite", f" {EMAIL.upper()} "])

    assert result.exit_code == 0, result.output
    # With pages, the output is a link.
    token = result.output.strip().rpartition("/")[2]
    assert register(client, token=token).status_code == 201
    assert app.config["PUBLIC_URL"] in result.output or "/" not in result.output


def test_registered_address_cannot_be_invited(runner: FlaskCliRunner, client: FlaskClient) -> None:
    register(client)

    result = runner.invoke(args=["invite", EMAIL])

    assert result.exit_code == 1
    assert result.output == f"Error: {EMAIL} is already registered.\n"


@pytest.mark.parametrize(("setting", "value"), [("REGISTRATION", "closed"), ("PUBLIC_URL", None)])
def test_command_names_the_setting_that_prevents_invitations(
    app: Flask,
    runner: FlaskCliRunner,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str | None,
) -> None:
    monkeypatch.setitem(app.config, setting, value)

    result = runner.invoke(args=["invite", EMAIL])

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {setting}")
