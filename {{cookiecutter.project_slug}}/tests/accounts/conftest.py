"""A member with a password, what they hold after a login, and many who act at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import bcrypt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis.configuration import set_hypothesis_home_dir
from werkzeug.test import TestResponse

from service.accounts import members
from service.accounts.passwords import PasswordHashing
from service.accounts.sessions import SignedIn, open_session
from tests.accounts.kim import AT, EMAIL, HOME, PASSWORD
from tests.conftest import SETTINGS

# What a race is run with.
MANY = 20

AtOnce = Callable[..., list[Any]]
LogIn = Callable[..., TestResponse]


@pytest.fixture(scope="session", autouse=True)
def _isolate_hypothesis(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Leave what Hypothesis remembers in no folder of the project."""
    set_hypothesis_home_dir(tmp_path_factory.mktemp("hypothesis"))


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """Act outside any request."""
    with app.app_context():
        yield


@pytest.fixture
def kim_id(app: Flask) -> int:
    """Register a member with a password."""
    with app.app_context():
        return members.register(EMAIL, "Kim", PASSWORD).id


@pytest.fixture
def log_in(app: Flask, kim_id: int) -> LogIn:
    """Log in through the API; what is not said is Kim's."""
    del kim_id

    def post(address: str = "127.0.0.1", on: Flask = app, **changes: object) -> TestResponse:
        return on.test_client().post(
            "/api/v1/auth/login",
            json={"email": EMAIL, "password": PASSWORD, **changes},
            environ_base={"REMOTE_ADDR": address},
        )

    return post


@pytest.fixture
def tokens(log_in: LogIn) -> dict[str, Any]:
    """Log Kim in, and give the tokens."""
    found: dict[str, Any] = log_in().get_json()
    return found


@pytest.fixture
def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    """Log Kim in, and give the header that says so."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


@pytest.fixture
def refresh(client: FlaskClient) -> Callable[[str], TestResponse]:
    """Renew a session through the API."""
    return lambda token: client.post("/api/v1/auth/refresh", json={"refresh_token": token})


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Write down against which hash each password is checked."""
    seen: list[bytes] = []
    check = bcrypt.checkpw

    def write_down(password: bytes, kept: bytes) -> bool:
        seen.append(kept)
        return check(password, kept)

    monkeypatch.setattr(bcrypt, "checkpw", write_down)
    return seen


@pytest.fixture
def at_once(app: Flask) -> Iterator[AtOnce]:
    """Let functions run in threads that begin at the same moment, each in a context of its own."""
    with ThreadPoolExecutor(MANY) as threads:

        def run(*functions: Callable[[], Any]) -> list[Any]:
            begin = Barrier(len(functions))

            def act(function: Callable[[], Any]) -> Any:
                with app.app_context():
                    begin.wait(10)
                    return function()

            return list(threads.map(act, functions))

        yield run


@pytest.fixture
def kim(kim_id: int) -> SignedIn:
    """Log Kim in."""
    session = open_session(kim_id, "a test", HOME, AT)
    return SignedIn(kim_id, "Kim", EMAIL, AT, session.session_id)


@pytest.fixture
def dearer(app: Flask) -> Iterator[None]:
    """Let the cost of bcrypt rise."""
    usual = app.extensions["password_hashing"]
    app.extensions["password_hashing"] = PasswordHashing(SETTINGS["PASSWORD_PEPPER"], 5)
    yield
    app.extensions["password_hashing"] = usual
