"""The commands for members, passwords and sessions."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from service.accounts.login_throttle import (
    ACCOUNT_AND_NETWORK_THRESHOLD,
    ACCOUNT_THRESHOLD,
    record_attempt,
)
from service.accounts.models import Member, Session, Throttle
from service.accounts.sessions import create_session
from service.database.columns import now
from service.extensions import db
from tests.accounts.conftest import LogIn
from tests.accounts.member_actions import EMAIL, NEW_PASSWORD, PASSWORD, kims_attempt
from tests.conftest import Log

CREATE = ["create-member", EMAIL, "Kim"]
NOBODY = "nobody@example.com"
MEMBER_COMMANDS = ["set-password", "disable-member", "enable-member", "revoke-sessions"]


def count_members(app: Flask) -> int:
    """Return the number of members."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Member)) or 0


def login_status(app: Flask, password: str) -> int:
    """Log in as Kim through the API; return the status of the response."""
    body = {"email": EMAIL, "password": password}
    return app.test_client().post("/api/v1/auth/login", json=body).status_code


def test_password_is_prompted_for_twice(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=CREATE, input=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert result.output.endswith(f"Created Kim ({EMAIL}).\n")
    assert login_status(app, PASSWORD) == 200


def test_typed_password_is_not_echoed(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=CREATE, input=f"{PASSWORD}\n{PASSWORD}\n")

    assert PASSWORD not in result.output


def test_invalid_password_is_prompted_for_again(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=CREATE, input=f"short\n{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert "Enter at least 8 characters." in result.output
    assert count_members(app) == 1


def test_random_password_is_printed(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=[*CREATE, "--random-password"])

    message, password = result.output.splitlines()
    assert message == f"Created Kim ({EMAIL})."
    assert login_status(app, password.removeprefix("Password: ")) == 200


def test_random_passwords_differ(runner: FlaskCliRunner) -> None:
    members = [["a@example.com", "Ann"], ["b@example.com", "Ben"], ["c@example.com", "Cho"]]

    printed = {
        runner.invoke(args=["create-member", *member, "--random-password"]).output.splitlines()[1]
        for member in members
    }

    assert len(printed) == 3


@pytest.mark.parametrize(
    ("arguments", "typed", "message"),
    [
        pytest.param(
            ["kim", "Kim"], "", "Enter a valid email address.", id="invalid email address"
        ),
        pytest.param([EMAIL, "\u200b"], "", "This field is required.", id="invisible name"),
        pytest.param(
            [EMAIL, "K\u0456m"],
            "",
            "Use letters from one alphabet only in each word.",
            id="mixed scripts",
        ),
        pytest.param(
            [EMAIL, "Kim"],
            "password1234\npassword1234\n",
            "This password is too common. Choose another one.",
            id="common password",
        ),
    ],
)
def test_invalid_argument_is_rejected_with_a_message(
    app: Flask, runner: FlaskCliRunner, arguments: list[str], typed: str, message: str
) -> None:
    result = runner.invoke(args=["create-member", *arguments], input=typed)

    assert result.exit_code != 0
    assert result.output.splitlines()[-1].endswith(message)
    assert count_members(app) == 0


@pytest.mark.usefixtures("kim_id")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["KIM@example.com", "Another"], "This email address is already registered."),
        (["other@example.com", "KIM"], "This name is taken, or too similar to one that is."),
    ],
)
def test_duplicate_is_rejected_with_a_message(
    app: Flask, runner: FlaskCliRunner, arguments: list[str], message: str
) -> None:
    result = runner.invoke(args=["create-member", *arguments, "--random-password"])

    assert (result.exit_code, result.output) == (1, f"Error: {message}\n")
    assert count_members(app) == 1


def test_disabled_member_is_logged_out_immediately(
    app: Flask, runner: FlaskCliRunner, login: LogIn, auth_header: dict[str, str]
) -> None:
    result = runner.invoke(args=["disable-member", " KIM@example.com"])

    assert (result.exit_code, result.output) == (0, f"Disabled Kim ({EMAIL}).\n")
    assert app.test_client().get("/api/v1/auth/me", headers=auth_header).status_code == 401
    assert login().status_code == 401


@pytest.mark.parametrize("command", MEMBER_COMMANDS)
def test_unknown_member_is_rejected_with_a_message(runner: FlaskCliRunner, command: str) -> None:
    result = runner.invoke(args=[command, NOBODY])

    assert (result.exit_code, result.output) == (
        1,
        f"Error: No member has the email address {NOBODY}.\n",
    )


@pytest.mark.usefixtures("kim_id")
def test_member_logs_in_with_the_password_that_was_set(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(
        args=["set-password", " KIM@example.com"], input=f"{NEW_PASSWORD}\n{NEW_PASSWORD}\n"
    )

    message = f"Set the password of Kim ({EMAIL}) and revoked all sessions.\n"
    assert (result.exit_code, result.output.endswith(message)) == (0, True), result.output
    assert NEW_PASSWORD not in result.output
    assert (login_status(app, NEW_PASSWORD), login_status(app, PASSWORD)) == (200, 401)


@pytest.mark.usefixtures("kim_id")
def test_random_password_that_was_set_is_printed(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["set-password", EMAIL, "--random-password"])

    password = result.output.splitlines()[-1].removeprefix("Password: ")
    assert login_status(app, password) == 200


def test_setting_a_password_revokes_all_sessions(
    app: Flask, runner: FlaskCliRunner, auth_header: dict[str, str]
) -> None:
    runner.invoke(args=["set-password", EMAIL, "--random-password"])

    assert app.test_client().get("/api/v1/auth/me", headers=auth_header).status_code == 401


@pytest.mark.usefixtures("kim_id")
@pytest.mark.parametrize(
    ("attempts", "network"),
    [(ACCOUNT_AND_NETWORK_THRESHOLD, "127.0.0"), (ACCOUNT_THRESHOLD, "10.0.{}")],
    ids=["from one network", "from many networks"],
)
def test_setting_a_password_ends_a_lockout(
    app: Flask, runner: FlaskCliRunner, attempts: int, network: str
) -> None:
    with app.app_context():
        for number in range(attempts):
            record_attempt(kims_attempt(network=f"{network.format(number)}.0/24"), now())
    assert login_status(app, PASSWORD) == 429

    result = runner.invoke(args=["set-password", EMAIL, "--random-password"])

    password = result.output.splitlines()[-1].removeprefix("Password: ")
    assert login_status(app, password) == 200


@pytest.mark.usefixtures("kim_id")
def test_setting_a_password_does_not_end_the_lockout_of_another_account(
    app: Flask, runner: FlaskCliRunner
) -> None:
    with app.app_context():
        for _number in range(ACCOUNT_AND_NETWORK_THRESHOLD):
            record_attempt(kims_attempt(NOBODY, "127.0.0.0/24"), now())

    runner.invoke(args=["set-password", EMAIL, "--random-password"])

    response = app.test_client().post(
        "/api/v1/auth/login", json={"email": NOBODY, "password": PASSWORD}
    )
    assert response.status_code == 429


@pytest.mark.usefixtures("kim_id")
def test_weak_password_is_not_set(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["set-password", EMAIL], input="password1234\npassword1234\n")

    assert result.exit_code == 1
    assert result.output.endswith("Error: This password is too common. Choose another one.\n")
    assert login_status(app, PASSWORD) == 200


@pytest.mark.usefixtures("kim_id")
def test_password_of_a_disabled_member_is_not_set(runner: FlaskCliRunner) -> None:
    runner.invoke(args=["disable-member", EMAIL])

    result = runner.invoke(args=["set-password", EMAIL])

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: Kim ({EMAIL}) is disabled.")
    assert result.output.endswith(f"flask --app service enable-member {EMAIL}\n")


@pytest.mark.usefixtures("kim_id")
def test_enabled_member_can_log_in_again(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["disable-member", EMAIL])

    result = runner.invoke(args=["enable-member", EMAIL])

    assert (result.exit_code, result.output) == (0, f"Enabled Kim ({EMAIL}).\n")
    assert login_status(app, PASSWORD) == 200


@pytest.mark.usefixtures("kim_id")
@pytest.mark.parametrize(
    ("commands", "message"),
    [
        (["disable-member", "disable-member"], "is already disabled."),
        (["enable-member"], "is not disabled."),
    ],
)
def test_command_without_effect_is_rejected_with_a_message(
    runner: FlaskCliRunner, commands: list[str], message: str
) -> None:
    *_previous, result = [runner.invoke(args=[command, EMAIL]) for command in commands]

    assert (result.exit_code, result.output) == (1, f"Error: Kim ({EMAIL}) {message}\n")


def test_sessions_of_a_member_are_revoked(
    app: Flask, runner: FlaskCliRunner, auth_header: dict[str, str]
) -> None:
    result = runner.invoke(args=["revoke-sessions", EMAIL])

    assert (result.exit_code, result.output) == (0, f"Revoked all sessions of Kim ({EMAIL}).\n")
    assert app.test_client().get("/api/v1/auth/me", headers=auth_header).status_code == 401
    assert login_status(app, PASSWORD) == 200


@pytest.mark.parametrize(
    ("arguments", "event"),
    [
        (["set-password", EMAIL, "--random-password"], "authn_password_change"),
        (["disable-member", EMAIL], "user_archived"),
        (["revoke-sessions", EMAIL], "session_expired"),
    ],
)
def test_commands_are_logged(
    runner: FlaskCliRunner, kim_id: int, log: Log, arguments: list[str], event: str
) -> None:
    runner.invoke(args=arguments)

    assert [(entry["event"], entry["member_id"]) for entry in log()] == [(event, kim_id)]


def test_purge_deletes_expired_sessions_and_counters(
    app: Flask, runner: FlaskCliRunner, kim_id: int
) -> None:
    long_ago = now() - timedelta(days=31)
    with app.app_context():
        create_session(kim_id, "expired", "", long_ago)
        active = create_session(kim_id, "active", "", now())
        record_attempt(kims_attempt("long-ago@example.com"), long_ago)

    result = runner.invoke(args=["purge-sessions"])

    assert (result.exit_code, result.output) == (0, "Expired sessions deleted: 1\n")
    with app.app_context():
        assert db.session.scalars(select(Session.id)).all() == [active.session_id]
        assert db.session.scalars(select(Throttle.key)).all() == []


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize(
    "arguments",
    [
        [*CREATE, "--random-password"],
        ["purge-sessions"],
        *([command, EMAIL] for command in MEMBER_COMMANDS),
    ],
)
def test_database_outage_is_reported_without_a_traceback(
    runner: FlaskCliRunner, arguments: list[str]
) -> None:
    result = runner.invoke(args=arguments)

    assert result.exit_code == 1
    assert result.output.startswith("Error: Database error: ")
