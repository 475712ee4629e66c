"""Registration through the API."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.accounts.login_throttle import REGISTRATION_THRESHOLD, registration_attempt
from service.accounts.models import Member, Throttle
from service.database.columns import now
from service.extensions import db
from tests.accounts.conftest import CONCURRENCY, RunConcurrently
from tests.accounts.member_actions import EMAIL, PASSWORD, register


def count_members(app: Flask) -> int:
    """Return the number of members."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Member)) or 0


def test_registration_returns_the_member(client: FlaskClient) -> None:
    response = register(client, email=" KIM@example.com", name="  Kim  ")

    assert response.status_code == 201
    document = response.get_json()
    assert document.keys() == {"id", "email", "name", "created_at", "locale", "time_zone"}
    assert (document["email"], document["name"]) == (EMAIL, "Kim")


@pytest.mark.parametrize(
    ("values", "pointers"),
    [
        pytest.param({"email": EMAIL}, ["/email"], id="same email address"),
        pytest.param({"email": "KIM@EXAMPLE.com"}, ["/email"], id="email address in another case"),
        pytest.param({"email": f"{EMAIL} "}, ["/email"], id="email address with a trailing space"),
        pytest.param({"name": "Kim"}, ["/name"], id="same name"),
        pytest.param({"name": "kIM"}, ["/name"], id="name in another case"),
        pytest.param({"name": "\uff2b\uff29\uff2d"}, ["/name"], id="name in full-width letters"),
        pytest.param({"email": EMAIL, "name": "Kim"}, ["/email", "/name"], id="both"),
    ],
)
def test_duplicates_are_rejected_with_their_fields(
    app: Flask, client: FlaskClient, values: dict[str, str], pointers: list[str]
) -> None:
    register(client)

    response = register(client, **{"email": "a@example.com", "name": "Another", **values})

    assert (response.status_code, response.mimetype) == (409, "application/problem+json")
    assert [error["pointer"] for error in response.get_json()["errors"]] == pointers
    assert count_members(app) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("name", "K\u0456m", id="name: mixed scripts"),
        pytest.param("name", "Kim\u200b", id="name: zero-width space"),
        pytest.param("email", "a" * 65_536, id="email: 64 kilobytes"),
        pytest.param("email", "a@" * 10_000, id="email: many at signs"),
        pytest.param("email", f"{EMAIL}\r\nBcc: v@y.com", id="email: header injection"),
        pytest.param("password", "7 chars", id="password: too short"),
        pytest.param("password", "password1234", id="password: common"),
        pytest.param("password", EMAIL, id="password: email address"),
        pytest.param("password", "x" * 129, id="password: too long"),
        pytest.param("email", "\ud800@example.com", id="email: lone surrogate"),
        pytest.param("password", "\ud800" * 10, id="password: lone surrogate"),
        pytest.param("is_admin", True, id="unknown field: is_admin"),
        pytest.param("role", "admin", id="unknown field: role"),
        pytest.param("id", 1, id="unknown field: id"),
        pytest.param("created_at", "2000-01-01", id="unknown field: created_at"),
        pytest.param("password_hash", "x", id="unknown field: password_hash"),
        pytest.param("canonical_name", "x", id="unknown field: canonical_name"),
        pytest.param("disabled_at", None, id="unknown field: disabled_at"),
    ],
)
def test_invalid_field_is_rejected_with_its_name(
    app: Flask, client: FlaskClient, field: str, value: object
) -> None:
    response = register(client, **{field: value})

    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert [error["pointer"] for error in response.get_json()["errors"]] == [f"/{field}"]
    assert count_members(app) == 0


def test_site_name_is_rejected_as_password(app: Flask, client: FlaskClient) -> None:
    response = register(client, password=f"{app.config['SITE_NAME']} 2026")

    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/password"]


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("p" * 72, id="72 bytes"),
        pytest.param("p" * 73, id="73 bytes"),
        pytest.param("p" * 128, id="128 bytes"),
        pytest.param("\N{GRINNING FACE}" * 64, id="64 emoji"),
        pytest.param("before\0after", id="NUL byte"),
        pytest.param("  around  ", id="leading and trailing spaces"),
    ],
)
def test_only_the_exact_password_logs_in(client: FlaskClient, password: str) -> None:
    register(client, password=password)

    def status(attempted: str) -> int:
        body = {"email": EMAIL, "password": attempted}
        return client.post("/api/v1/auth/login", json=body).status_code

    assert status(password) == 200
    assert status(password + "x") == 401
    assert status(password[:72] + "x") == 401
    assert status(password.strip() + "y") == 401


def test_registrations_of_a_network_are_limited(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        key = next(iter(registration_attempt("127.0.0.0/24").thresholds))
        attempts = REGISTRATION_THRESHOLD - 1
        db.session.add(Throttle(key=key, attempts=attempts, began_at=now()))
        db.session.commit()

    last, too_many = register(client), register(client)

    assert (last.status_code, too_many.status_code) == (201, 429)
    assert 0 < int(too_many.headers["Retry-After"]) <= 15


@pytest.mark.slow
def test_one_of_many_concurrent_registrations_succeeds(
    app: Flask, run_concurrently: RunConcurrently
) -> None:
    statuses = run_concurrently(*[lambda: register(app.test_client()).status_code] * CONCURRENCY)

    assert sorted(statuses) == [201] + [409] * (CONCURRENCY - 1)


def test_error_does_not_repeat_submitted_values(client: FlaskClient) -> None:
    register(client)

    assert EMAIL not in register(client).text
    assert PASSWORD not in register(client, email="x").text
