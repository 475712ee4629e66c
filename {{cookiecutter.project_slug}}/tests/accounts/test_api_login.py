"""Login through the API."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.models import Member
from service.database.columns import now
from service.extensions import db
from tests.accounts.conftest import LogIn
from tests.accounts.member_actions import EMAIL, PASSWORD, WRONG_PASSWORD


def test_login_returns_tokens(login: LogIn) -> None:
    response = login(email=" KIM@example.com ")

    assert response.status_code == 200
    document = response.get_json()
    assert document.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (document["token_type"], document["expires_in"]) == ("Bearer", 900)
    assert len(document["refresh_token"]) == 43


def test_login_error_does_not_reveal_its_cause(app: Flask, login: LogIn) -> None:
    def visible_parts(response: TestResponse) -> tuple[object, ...]:
        document = {**response.get_json(), "instance": ""}
        headers = {**response.headers, "X-Request-ID": "", "Date": ""}
        return response.status_code, document, headers

    unknown = visible_parts(login(email="nobody@example.com"))
    wrong = visible_parts(login(password=WRONG_PASSWORD))
    with app.app_context():
        db.session.execute(db.update(Member).values(disabled_at=now()))
        db.session.commit()
    disabled = visible_parts(login())

    assert unknown == wrong == disabled
    assert unknown[0] == 401


@pytest.mark.parametrize("password", ["x" * 10_000, "\0", " ", PASSWORD + "\0"])
def test_wrong_password_is_rejected(login: LogIn, password: str) -> None:
    response = login(password=password)

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
    response = client.post("/api/v1/auth/login", json={"email": email, "password": password})

    assert response.status_code == 401


def test_too_many_attempts_return_retry_after(login: LogIn) -> None:
    statuses = [login(password=WRONG_PASSWORD).status_code for _number in range(12)]

    response = login()
    assert statuses == [401] * 10 + [429] * 2
    assert (response.status_code, response.mimetype) == (429, "application/problem+json")
    assert 0 < int(response.headers["Retry-After"]) <= 15


def test_lockout_does_not_affect_other_networks(login: LogIn) -> None:
    for _number in range(12):
        login(address="203.0.113.7", password=WRONG_PASSWORD)

    assert login(address="203.0.113.9").status_code == 429
    assert login(address="198.51.100.7").status_code == 200


@pytest.mark.usefixtures("kim_id")
def test_forwarded_headers_are_ignored_without_a_proxy(client: FlaskClient) -> None:
    def status(number: int) -> int:
        address = f"10.0.{number}.1"
        return client.post(
            "/api/v1/auth/login",
            json={"email": EMAIL, "password": WRONG_PASSWORD},
            headers={
                "X-Forwarded-For": address,
                "Forwarded": f"for={address}",
                "X-Real-IP": address,
            },
        ).status_code

    assert [status(number) for number in range(12)] == [401] * 10 + [429] * 2


@pytest.mark.usefixtures("kim_id")
def test_clients_behind_a_proxy_are_counted_separately(make_app: Callable[..., Flask]) -> None:
    client = make_app(PROXY_HOPS="1").test_client()

    def status(number: int) -> int:
        return client.post(
            "/api/v1/auth/login",
            json={"email": EMAIL, "password": WRONG_PASSWORD},
            headers={"X-Forwarded-For": f"6.6.6.6, 10.0.{number}.1"},
        ).status_code

    assert [status(number) for number in range(12)] == [401] * 12


@pytest.mark.parametrize("path", ["login", "register", "refresh", "logout", "logout-all"])
def test_get_is_not_allowed(client: FlaskClient, path: str) -> None:
    response = client.get(
        f"/api/v1/auth/{path}", query_string={"email": EMAIL, "password": PASSWORD}
    )

    assert response.status_code == 405
