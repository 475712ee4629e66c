"""Registering through the API."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.accounts.models import Member, Throttle
from service.accounts.throttle import REGISTRATIONS_FROM_NETWORK, Registration
from service.core.columns import now
from service.extensions import db
from tests.accounts.conftest import MANY, AtOnce
from tests.accounts.kim import EMAIL, PASSWORD, register


def members(app: Flask) -> int:
    """Count the members."""
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Member)) or 0


def test_whoever_registers_is_shown_to_themselves(client: FlaskClient) -> None:
    response = register(client, email=" KIM@example.com", name="  Kim  ")

    assert response.status_code == 201
    document = response.get_json()
    assert document.keys() == {"id", "email", "name", "created_at"}
    assert (document["email"], document["name"]) == (EMAIL, "Kim")


@pytest.mark.parametrize(
    ("email", "name", "pointer"),
    [
        pytest.param(EMAIL, "Another", "/email", id="A01: the same e-mail"),
        pytest.param("KIM@EXAMPLE.com", "Another", "/email", id="A02: another case"),
        pytest.param(f"{EMAIL} ", "Another", "/email", id="A02: a space behind"),
        pytest.param("a@example.com", "Kim", "/name", id="the same name"),
        pytest.param("a@example.com", "kIM", "/name", id="A04: another case"),
        pytest.param("a@example.com", "\uff2b\uff29\uff2d", "/name", id="A04: wide capitals"),
    ],
)
def test_what_somebody_has_is_refused_and_named(
    app: Flask, client: FlaskClient, email: str, name: str, pointer: str
) -> None:
    register(client)

    response = register(client, email=email, name=name)

    assert (response.status_code, response.mimetype) == (409, "application/problem+json")
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]
    assert members(app) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("name", "K\u0456m", id="A04: Cyrillic"),
        pytest.param("name", "Kim\u200b", id="A04: no width"),
        pytest.param("email", "a" * 65_536, id="A05: 64 kilobytes"),
        pytest.param("email", "a@" * 10_000, id="A05: many at signs"),
        pytest.param("email", f"{EMAIL}\r\nBcc: v@y.com", id="A06: a header of a mail"),
        pytest.param("password", "7 chars", id="A07: too short"),
        pytest.param("password", "password1234", id="A07: common"),
        pytest.param("password", EMAIL, id="A07: the e-mail"),
        pytest.param("password", "x" * 129, id="too long"),
        pytest.param("email", "\ud800@example.com", id="A13: half a character in the e-mail"),
        pytest.param("password", "\ud800" * 10, id="A13: half a character in the password"),
        pytest.param("is_admin", True, id="A27: is_admin"),
        pytest.param("role", "admin", id="A27: role"),
        pytest.param("id", 1, id="A27: id"),
        pytest.param("created_at", "2000-01-01", id="A27: created_at"),
        pytest.param("password_hash", "x", id="A27: password_hash"),
        pytest.param("canonical_name", "x", id="A27: canonical_name"),
        pytest.param("disabled_at", None, id="A27: disabled_at"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_named(
    app: Flask, client: FlaskClient, field: str, value: object
) -> None:
    response = register(client, **{field: value})

    assert (response.status_code, response.mimetype) == (422, "application/problem+json")
    assert [error["pointer"] for error in response.get_json()["errors"]] == [f"/{field}"]
    assert members(app) == 0


def test_the_name_of_the_site_is_no_password(app: Flask, client: FlaskClient) -> None:
    """R3.03."""
    response = register(client, password=f"{app.config['SITE_NAME']} 2026")

    assert [error["pointer"] for error in response.get_json()["errors"]] == ["/password"]


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("p" * 72, id="72 bytes"),
        pytest.param("p" * 73, id="73 bytes"),
        pytest.param("p" * 128, id="128 bytes"),
        pytest.param("\N{GRINNING FACE}" * 64, id="64 emoji"),
        pytest.param("before\0after", id="NUL inside"),
        pytest.param("  around  ", id="spaces around"),
    ],
)
def test_any_password_logs_in_as_it_was_registered(client: FlaskClient, password: str) -> None:
    """R3.02, A08, A10."""
    register(client, password=password)

    def status(said: str) -> int:
        body = {"email": EMAIL, "password": said}
        return client.post("/api/v1/auth/login", json=body).status_code

    assert status(password) == 200
    assert status(password + "x") == 401
    assert status(password[:72] + "x") == 401
    assert status(password.strip() + "y") == 401


def test_a_network_may_not_register_without_end(app: Flask, client: FlaskClient) -> None:
    """A18: an answer tells whether an e-mail is taken."""
    with app.app_context():
        key = next(iter(Registration("127.0.0.0/24").limits()))
        many = REGISTRATIONS_FROM_NETWORK - 1
        db.session.add(Throttle(key=key, failures=many, began_at=now()))
        db.session.commit()

    last, too_many = register(client), register(client)

    assert (last.status_code, too_many.status_code) == (201, 429)
    assert 0 < int(too_many.headers["Retry-After"]) <= 15


@pytest.mark.slow
def test_of_many_who_register_at_once_one_succeeds(app: Flask, at_once: AtOnce) -> None:
    """Z18, R7.05."""
    statuses = at_once(*[lambda: register(app.test_client()).status_code] * MANY)

    assert sorted(statuses) == [201] + [409] * (MANY - 1)


def test_a_refused_registration_does_not_repeat_what_was_sent(client: FlaskClient) -> None:
    """R6.01."""
    register(client)

    assert EMAIL not in register(client).text
    assert PASSWORD not in register(client, email="x").text
