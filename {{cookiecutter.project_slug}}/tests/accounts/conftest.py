"""Fixtures: Kim, who has a password, Kim's tokens and session, and tools for concurrency."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import bcrypt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import authentication
from service.accounts.passwords import PasswordHasher
from service.accounts.sessions import Principal, create_session
from tests.accounts.member_actions import EMAIL, HOME_NETWORK, NOW, PASSWORD
from tests.conftest import SETTINGS

# The number of threads in tests of race conditions.
CONCURRENCY = 20

RunConcurrently = Callable[..., list[Any]]
LogIn = Callable[..., TestResponse]


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    """Run the test in an application context, without a request."""
    with app.app_context():
        yield


@pytest.fixture
def kim_id(app: Flask) -> int:
    """Register Kim and return Kim's member id."""
    with app.app_context():
        return authentication.register(EMAIL, "Kim", PASSWORD).id


@pytest.fixture
def login(app: Flask, kim_id: int) -> LogIn:
    """Return a function that logs in through the API and returns the response; by default as Kim.

    `address` is the IP address of the client, `on` the application; keywords replace fields.
    """
    del kim_id

    def post(address: str = "127.0.0.1", on: Flask = app, **changes: object) -> TestResponse:
        return on.test_client().post(
            "/api/v1/auth/login",
            json={"email": EMAIL, "password": PASSWORD, **changes},
            environ_base={"REMOTE_ADDR": address},
        )

    return post


@pytest.fixture
def tokens(login: LogIn) -> dict[str, Any]:
    """Log Kim in through the API and return the JSON of the response."""
    tokens: dict[str, Any] = login().get_json()
    return tokens


@pytest.fixture
def auth_header(tokens: dict[str, Any]) -> dict[str, str]:
    """Log Kim in and return a dictionary with the `Authorization` header."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


@pytest.fixture
def refresh(client: FlaskClient) -> Callable[[str], TestResponse]:
    """Return a function that sends a refresh token to the API and returns the response."""
    return lambda token: client.post("/api/v1/auth/refresh", json={"refresh_token": token})


@pytest.fixture
def bcrypt_checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return a list of the hashes that bcrypt checks during the test."""
    hashes: list[bytes] = []
    checkpw = bcrypt.checkpw

    def record(password: bytes, password_hash: bytes) -> bool:
        hashes.append(password_hash)
        return checkpw(password, password_hash)

    monkeypatch.setattr(bcrypt, "checkpw", record)
    return hashes


@pytest.fixture
def run_concurrently(app: Flask) -> Iterator[RunConcurrently]:
    """Return a function that runs functions in threads at the same time; returns their results."""
    with ThreadPoolExecutor(CONCURRENCY) as threads:

        def run(*functions: Callable[[], Any]) -> list[Any]:
            start = Barrier(len(functions))

            def call(function: Callable[[], Any]) -> Any:
                with app.app_context():
                    start.wait(60)
                    return function()

            return list(threads.map(call, functions))

        yield run


@pytest.fixture
def kim(kim_id: int) -> Principal:
    """Create a session for Kim and return Kim's principal in this session."""
    session = create_session(kim_id, "a test", HOME_NETWORK, NOW)
    return Principal(kim_id, "Kim", EMAIL, NOW, session.session_id)


@pytest.fixture
def raised_bcrypt_cost(app: Flask) -> Iterator[None]:
    """Raise the bcrypt cost of new password hashes from 4 to 5 during the test."""
    hasher = app.extensions["password_hasher"]
    app.extensions["password_hasher"] = PasswordHasher(SETTINGS["PASSWORD_PEPPER"], 5)
    yield
    app.extensions["password_hasher"] = hasher
