"""Kim, the member with a password: what Kim does, and what became of it."""

from datetime import UTC, datetime

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.accounts.keys import password_hashing
from service.accounts.members import authenticate
from service.accounts.models import Member
from service.accounts.sessions import (
    InvalidRefreshTokenError,
    Renewal,
    find_signed_in,
    renew_session,
)
from service.accounts.throttle import Attempt, TooManyAttemptsError, admit
from service.extensions import db

EMAIL = "kim@example.com"
PASSWORD = "correct horse battery"  # noqa: S105  # Nobody's.
WRONG = "correct horse staple"
AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOME = "192.0.2.0/24"
ELSEWHERE = "198.51.100.0/24"
NEW = "another horse battery"
GOOD = {"email": EMAIL, "name": "Kim", "password": PASSWORD}

Header = dict[str, str]


def register(client: FlaskClient, **changes: object) -> TestResponse:
    """Register; what is not said is Kim's."""
    return client.post("/api/v1/auth/register", json={**GOOD, **changes})


def bearer_of(response: TestResponse) -> Header:
    """Return the header for the tokens of a response."""
    return {"Authorization": f"Bearer {response.get_json()['access_token']}"}


def me(client: FlaskClient, header: Header) -> int:
    """Ask who one is, and return the status."""
    return client.get("/api/v1/auth/me", headers=header).status_code


def log_out(client: FlaskClient, header: Header) -> TestResponse:
    """Log out."""
    return client.post("/api/v1/auth/logout", headers=header)


def log_out_everywhere(client: FlaskClient, header: Header) -> TestResponse:
    """Log out everywhere."""
    return client.post("/api/v1/auth/logout-all", headers=header)


def change_password(
    client: FlaskClient, header: Header, current: str = PASSWORD, new: str = NEW
) -> TestResponse:
    """Change the password."""
    body = {"current_password": current, "new_password": new}
    return client.post("/api/v1/auth/password", json=body, headers=header)


def lives(session: Renewal, at: datetime = AT) -> bool:
    """Tell whether an access token of this session would be believed at that moment."""
    found = find_signed_in(session.member_id, session.session_id, at)
    db.session.rollback()
    return found is not None


def is_refused(token: str, at: datetime) -> bool:
    """Try a refresh token; tell whether it opens nothing."""
    try:
        renew_session(token, at)
    except InvalidRefreshTokenError:
        return True
    return False


def attempt(email: str = EMAIL, network: str = HOME, is_known: bool = False) -> Attempt:
    """Return somebody's attempt; what is not said is Kim's, at home."""
    return Attempt(email, network, is_known)


def wait(tried: Attempt, at: datetime = AT) -> int:
    """Try; return how many seconds to wait before the next try, 0 where this one is let through."""
    try:
        admit(tried, at)
    except TooManyAttemptsError as error:
        return error.seconds
    return 0


def kept_hash() -> str:
    """Return what is kept of Kim's password now."""
    kept = db.session.scalars(select(Member.password_hash)).one()
    db.session.rollback()
    assert kept
    return kept


def is_kept(password: str) -> bool:
    """Tell whether this is Kim's password now."""
    return password_hashing().matches(password, kept_hash())


def log_in(password: str = PASSWORD, email: str = EMAIL) -> int:
    """Prove who one is, as Kim does at home."""
    return authenticate(email, password, HOME, AT)
