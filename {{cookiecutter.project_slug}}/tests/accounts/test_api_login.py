"""Logging in through the API."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.models import Member
from service.core.columns import now
from service.extensions import db
from tests.accounts.conftest import LogIn
from tests.accounts.kim import (
    EMAIL,
    PASSWORD,
    WRONG,
)


def test_logging_in_gives_the_tokens(log_in: LogIn) -> None:
    response = log_in(email=" KIM@example.com ")

    assert response.status_code == 200
    document = response.get_json()
    assert document.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (document["token_type"], document["expires_in"]) == ("Bearer", 900)
    assert len(document["refresh_token"]) == 43


def test_nobody_is_told_what_was_wrong(app: Flask, log_in: LogIn) -> None:
    """R3.04, A16."""

    def told(response: TestResponse) -> tuple[object, ...]:
        document = {**response.get_json(), "instance": ""}
        headers = {**response.headers, "X-Request-ID": "", "Date": ""}
        return response.status_code, document, headers

    unknown = told(log_in(email="nobody@example.com"))
    wrong = told(log_in(password=WRONG))
    with app.app_context():
        db.session.execute(db.update(Member).values(disabled_at=now()))
        db.session.commit()
    disabled = told(log_in())

    assert unknown == wrong == disabled
    assert unknown[0] == 401


@pytest.mark.parametrize("password", ["x" * 10_000, "\0", " ", PASSWORD + "\0"])
def test_any_wrong_password_is_wrong(log_in: LogIn, password: str) -> None:
    """A09."""
    response = log_in(password=password)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("admin@example.com", "password"),
        ("admin@example.com", "admin"),
        ("test@example.com", "test"),
    ],
)
def test_there_are_no_default_accounts(client: FlaskClient, email: str, password: str) -> None:
    """A29."""
    response = client.post("/api/v1/auth/login", json={"email": email, "password": password})

    assert response.status_code == 401


def test_who_tries_too_often_is_told_how_long_to_wait(log_in: LogIn) -> None:
    """R3.05, A19."""
    statuses = [log_in(password=WRONG).status_code for _number in range(12)]

    response = log_in()
    assert statuses == [401] * 10 + [429] * 2
    assert (response.status_code, response.mimetype) == (429, "application/problem+json")
    assert 0 < int(response.headers["Retry-After"]) <= 15


def test_whoever_is_elsewhere_can_log_in_all_the_same(log_in: LogIn) -> None:
    """A21."""
    for _number in range(12):
        log_in(address="203.0.113.7", password=WRONG)

    assert log_in(address="203.0.113.9").status_code == 429
    assert log_in(address="198.51.100.7").status_code == 200


@pytest.mark.usefixtures("kim_id")
def test_a_client_cannot_say_where_it_comes_from(client: FlaskClient) -> None:
    """A22."""

    def status(number: int) -> int:
        said = f"10.0.{number}.1"
        return client.post(
            "/api/v1/auth/login",
            json={"email": EMAIL, "password": WRONG},
            headers={"X-Forwarded-For": said, "Forwarded": f"for={said}", "X-Real-IP": said},
        ).status_code

    assert [status(number) for number in range(12)] == [401] * 10 + [429] * 2


@pytest.mark.usefixtures("kim_id")
def test_behind_a_proxy_each_client_counts_for_itself(
    make_app: Callable[..., Flask],
) -> None:
    """A22, R5.08."""
    client = make_app(PROXY_HOPS="1").test_client()

    def status(number: int) -> int:
        return client.post(
            "/api/v1/auth/login",
            json={"email": EMAIL, "password": WRONG},
            headers={"X-Forwarded-For": f"6.6.6.6, 10.0.{number}.1"},
        ).status_code

    assert [status(number) for number in range(12)] == [401] * 12


@pytest.mark.parametrize("path", ["login", "register", "refresh", "logout", "logout-all"])
def test_nothing_is_done_by_an_address_alone(client: FlaskClient, path: str) -> None:
    """A25, C17, D08."""
    response = client.get(
        f"/api/v1/auth/{path}", query_string={"email": EMAIL, "password": PASSWORD}
    )

    assert response.status_code == 405
