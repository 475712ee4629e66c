"""Constants and functions for tests with Kim, a member who has a password."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.accounts.authentication import authenticate, password_hasher
from service.accounts.login_throttle import (
    Attempt,
    TooManyAttemptsError,
    login_attempt,
    record_attempt,
)
from service.accounts.models import Member
from service.accounts.refresh_tokens import InvalidRefreshTokenError, rotate_refresh_token
from service.accounts.sessions import SessionWithToken, find_principal
from service.extensions import db

EMAIL = "kim@example.com"
PASSWORD = "correct horse battery"  # noqa: S105  # Used in tests only.
WRONG_PASSWORD = "correct horse staple"  # noqa: S105  # Used in tests only.
NEW_PASSWORD = "another horse battery"  # noqa: S105  # Used in tests only.
REGISTRATION = {"email": EMAIL, "name": "Kim", "password": PASSWORD}
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME_NETWORK = "192.0.2.0/24"
OTHER_NETWORK = "198.51.100.0/24"

Header = dict[str, str]


def register(client: FlaskClient, **changes: object) -> TestResponse:
    """Register Kim through the API; keywords replace fields."""
    return client.post("/api/v1/auth/register", json={**REGISTRATION, **changes})


def make_auth_header(response: TestResponse) -> Header:
    """Return an `Authorization` header with the access token in a response."""
    return {"Authorization": f"Bearer {response.get_json()['access_token']}"}


def me_status(client: FlaskClient, header: Header) -> int:
    """Return the status of a request for the current member; 401 if the header is not accepted."""
    return client.get("/api/v1/auth/me", headers=header).status_code


def logout(client: FlaskClient, header: Header) -> TestResponse:
    """Log out through the API."""
    return client.post("/api/v1/auth/logout", headers=header)


def logout_all(client: FlaskClient, header: Header) -> TestResponse:
    """Log out everywhere through the API."""
    return client.post("/api/v1/auth/logout-all", headers=header)


def change_password(
    client: FlaskClient, header: Header, current: str = PASSWORD, new: str = NEW_PASSWORD
) -> TestResponse:
    """Change the password through the API."""
    body = {"current_password": current, "new_password": new}
    return client.post("/api/v1/auth/password", json=body, headers=header)


def is_active(session: SessionWithToken, at: datetime = NOW) -> bool:
    """Return whether access tokens of the session are accepted at this time."""
    principal = find_principal(session.member_id, session.session_id, at)
    db.session.rollback()
    return principal is not None


def rotate(
    token: str, at: datetime, client: str = "home", keys: Sequence[str] = ("a key",)
) -> SessionWithToken:
    """Use a refresh token at this time, by default from the client at home."""
    return rotate_refresh_token(token, client, keys, at)


def is_rejected(token: str, at: datetime, client: str = "home") -> bool:
    """Use a refresh token at this time; return whether it is rejected."""
    try:
        rotate(token, at, client)
    except InvalidRefreshTokenError:
        return True
    return False


def kims_attempt(
    email: str = EMAIL, network: str = HOME_NETWORK, is_known_network: bool = False
) -> Attempt:
    """Return an attempt to log in, by default as Kim from the home network."""
    return login_attempt(email, network, is_known_network=is_known_network)


def seconds_to_wait(attempt: Attempt, at: datetime = NOW) -> int:
    """Record an attempt; return 0 if it was allowed, else the remaining seconds of the lockout."""
    try:
        record_attempt(attempt, at)
    except TooManyAttemptsError as error:
        return error.seconds
    return 0


def stored_hash() -> str:
    """Return the password hash of Kim, the only member."""
    password_hash = db.session.scalars(select(Member.password_hash)).one()
    db.session.rollback()
    assert password_hash
    return password_hash


def is_current_password(password: str) -> bool:
    """Return whether Kim has this password."""
    return password_hasher().verify(password, stored_hash())


def login(password: str = PASSWORD, email: str = EMAIL) -> int:
    """Authenticate from the home network, by default as Kim, and return the member id."""
    return authenticate(email, password, HOME_NETWORK, NOW)
