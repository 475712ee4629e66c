"""The commands for members."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from service.accounts.models import Member, Session, Throttle
from service.accounts.sessions import open_session
from service.accounts.throttle import admit
from service.core.columns import now
from service.extensions import db
from tests.accounts.conftest import LogIn
from tests.accounts.kim import EMAIL, PASSWORD, attempt

CREATE = ["create-member", EMAIL, "Kim"]


def members(app: Flask) -> int:
    """Count the members."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Member)) or 0


def log_in(app: Flask, password: str) -> int:
    """Log in as Kim, and return the status."""
    body = {"email": EMAIL, "password": password}
    return app.test_client().post("/api/v1/auth/login", json=body).status_code


def test_the_password_is_asked_for_twice(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=CREATE, input=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert result.output.endswith(f"Kim can log in as {EMAIL}.\n")
    assert log_in(app, PASSWORD) == 200


def test_the_password_is_not_shown(runner: FlaskCliRunner) -> None:
    """R7.09."""
    result = runner.invoke(args=CREATE, input=f"{PASSWORD}\n{PASSWORD}\n")

    assert PASSWORD not in result.output


def test_a_password_that_will_not_do_is_asked_for_again(app: Flask, runner: FlaskCliRunner) -> None:
    """R3.03."""
    result = runner.invoke(args=CREATE, input=f"short\n{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert "Write at least 8 characters." in result.output
    assert members(app) == 1


def test_a_random_password_is_printed(app: Flask, runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=[*CREATE, "--random-password"])

    told, password = result.output.splitlines()
    assert told == f"Kim can log in as {EMAIL}."
    assert log_in(app, password.removeprefix("Password: ")) == 200


def test_no_two_random_passwords_are_the_same(runner: FlaskCliRunner) -> None:
    names = [["a@example.com", "Ann"], ["b@example.com", "Ben"], ["c@example.com", "Cho"]]

    printed = {
        runner.invoke(args=["create-member", *name, "--random-password"]).output.splitlines()[1]
        for name in names
    }

    assert len(printed) == 3


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        pytest.param(["kim", "Kim"], "", "This is no e-mail address.", id="no e-mail"),
        pytest.param([EMAIL, "K"], "", "Write at least 2 characters.", id="a name too short"),
        pytest.param(
            [EMAIL, "K\u0456m"], "", "Write this with the letters of one alphabet.", id="look-alike"
        ),
        pytest.param(
            [EMAIL, "Kim"],
            "password1234\npassword1234\n",
            "Too many people use this password. Choose another.",
            id="common password",
        ),
    ],
)
def test_what_will_not_do_is_told_in_one_sentence(
    app: Flask, runner: FlaskCliRunner, arguments: list[str], typed: str, sentence: str
) -> None:
    result = runner.invoke(args=["create-member", *arguments], input=typed)

    assert result.exit_code != 0
    assert result.output.splitlines()[-1].endswith(sentence)
    assert members(app) == 0


@pytest.mark.usefixtures("kim_id")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["KIM@example.com", "Another"], "Somebody has registered with this address."),
        (["other@example.com", "KIM"], "Somebody has this name, or one that looks like it."),
    ],
)
def test_what_somebody_has_is_told_in_one_sentence(
    app: Flask, runner: FlaskCliRunner, arguments: list[str], sentence: str
) -> None:
    """A02, A04."""
    result = runner.invoke(args=["create-member", *arguments, "--random-password"])

    assert (result.exit_code, result.output) == (1, f"Error: {sentence}\n")
    assert members(app) == 1


def test_a_disabled_member_is_out_at_once(
    app: Flask, runner: FlaskCliRunner, log_in: LogIn, bearer: dict[str, str]
) -> None:
    """A28, R4.07."""
    result = runner.invoke(args=["disable-member", " KIM@example.com"])

    assert (result.exit_code, result.output) == (0, f"{EMAIL} can log in no more.\n")
    assert app.test_client().get("/api/v1/auth/me", headers=bearer).status_code == 401
    assert log_in().status_code == 401


def test_nobody_is_disabled_by_a_mistyped_address(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["disable-member", "nobody@example.com"])

    assert result.exit_code == 1
    assert result.output == "Error: Nobody has registered as nobody@example.com.\n"


def test_purging_deletes_what_is_over(app: Flask, runner: FlaskCliRunner, kim_id: int) -> None:
    """R4.08."""
    long_ago = now() - timedelta(days=31)
    with app.app_context():
        open_session(kim_id, "expired", "", long_ago)
        kept = open_session(kim_id, "kept", "", now())
        admit(attempt("long-ago@example.com"), long_ago)

    result = runner.invoke(args=["purge-sessions"])

    assert (result.exit_code, result.output) == (0, "Deleted 1 expired sessions.\n")
    with app.app_context():
        assert db.session.scalars(select(Session.id)).all() == [kept.session_id]
        assert db.session.scalars(select(Throttle.key)).all() == []


@pytest.mark.usefixtures("outage")
@pytest.mark.parametrize(
    "arguments", [[*CREATE, "--random-password"], ["disable-member", EMAIL], ["purge-sessions"]]
)
def test_a_database_that_is_away_is_told_in_one_sentence(
    runner: FlaskCliRunner, arguments: list[str]
) -> None:
    result = runner.invoke(args=arguments)

    assert result.exit_code == 1
    assert result.output.startswith("Error: The database says: ")
