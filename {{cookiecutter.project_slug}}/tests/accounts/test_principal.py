"""Authentication of API requests with access tokens."""

import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from service.accounts.models import Member
from service.accounts.principal import client_fingerprint
from service.accounts.sessions import SessionWithToken, create_session
from service.accounts.tokens import ACCESS_TOKEN_SECONDS, LEEWAY_SECONDS, issue_access_token
from service.database.columns import now
from service.extensions import db
from tests.accounts.forged_tokens import (
    FORGED_TOKENS,
    OTHER_KEY,
    VALID_HEADER,
    Forge,
    sign,
    valid_claims,
    with_header,
)

pytestmark = pytest.mark.slow

ME = "/api/v1/auth/me"
ERROR_CHALLENGE = 'Bearer realm="api", error="invalid_token"'
CHALLENGE = 'Bearer realm="api"'


@pytest.fixture
def session(app: Flask, member_id: int) -> SessionWithToken:
    """Return a session that was just created for Ann."""
    with app.app_context():
        return create_session(member_id, "a test", "127.0.0.0/24", now())


@pytest.fixture
def claims(session: SessionWithToken) -> dict[str, Any]:
    """Return the claims of a valid access token for Ann's session."""
    return valid_claims(int(now().timestamp()), session.member_id, session.session_id)


@pytest.fixture
def get_me(client: FlaskClient) -> Callable[[str], TestResponse]:
    """Return a function that requests the current member with this `Authorization` header."""
    return lambda header: client.get(ME, headers={"Authorization": header})


GetMe = Callable[[str], TestResponse]


def test_valid_token_is_accepted(get_me: GetMe, claims: dict[str, Any]) -> None:
    # Each forged token differs from this one in one respect.
    response = get_me(f"Bearer {sign(VALID_HEADER, claims)}")

    assert (response.status_code, response.get_json()["name"]) == (200, "Ann")


@pytest.mark.parametrize("forge", FORGED_TOKENS)
def test_forged_token_cannot_read_or_write(
    client: FlaskClient, get_me: GetMe, claims: dict[str, Any], forge: Forge
) -> None:
    forged = f"Bearer {forge(claims)}"

    read = get_me(forged)
    written = client.post("/api/v1/auth/logout-all", headers={"Authorization": forged})

    for response in (read, written):
        assert (response.status_code, response.mimetype) == (401, "application/problem+json")
        assert response.headers.getlist("WWW-Authenticate") == [ERROR_CHALLENGE]
    assert get_me(f"Bearer {sign(VALID_HEADER, claims)}").status_code == 200


def test_key_urls_in_a_token_are_not_fetched(get_me: GetMe, claims: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/keys.json"

        for header in ("jku", "x5u"):
            assert get_me(f"Bearer {with_header(**{header: url})(claims)}").status_code == 200
            with pytest.raises(BlockingIOError):
                server.accept()


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("bearer {}", id="lowercase"),
        pytest.param("BEARER {}", id="uppercase"),
        pytest.param("Bearer  {}", id="two spaces"),
        pytest.param("Bearer {} ", id="trailing space"),
    ],
)
def test_scheme_is_case_insensitive(get_me: GetMe, access_token: str, header: str) -> None:
    assert get_me(header.format(access_token)).status_code == 200


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        pytest.param("Bearer{}", CHALLENGE, id="no space"),
        pytest.param("Basic {}", CHALLENGE, id="another scheme"),
        pytest.param("Token {}", CHALLENGE, id="unknown scheme"),
        pytest.param("{}", CHALLENGE, id="no scheme"),
        pytest.param("", CHALLENGE, id="empty"),
        pytest.param("Bearer", ERROR_CHALLENGE, id="no token"),
        pytest.param("Bearer {} {}", ERROR_CHALLENGE, id="two tokens"),
        pytest.param("Bearer {},Bearer {}", ERROR_CHALLENGE, id="two values"),
        pytest.param('Bearer "{}"', ERROR_CHALLENGE, id="quotes"),
    ],
)
def test_malformed_header_is_rejected(
    get_me: GetMe, access_token: str, header: str, challenge: str
) -> None:
    # The challenge has no `error` if the request sent no token (RFC 6750, section 3.1).
    response = get_me(header.format(access_token, access_token))

    assert response.status_code == 401
    assert response.headers.getlist("WWW-Authenticate") == [challenge]


def test_missing_header_is_challenged(client: FlaskClient) -> None:
    response = client.get(ME)

    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers.getlist("WWW-Authenticate") == [CHALLENGE]
    assert "code" not in response.get_json()


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization"])
def test_token_in_the_query_string_is_ignored(
    client: FlaskClient, access_token: str, name: str
) -> None:
    response = client.get(ME, query_string={name: access_token})

    assert response.status_code == 401
    assert response.headers.getlist("WWW-Authenticate") == [CHALLENGE]


def test_token_in_the_body_is_ignored(client: FlaskClient, access_token: str) -> None:
    response = client.post("/api/v1/auth/logout", data={"access_token": access_token})

    assert response.status_code == 401


@pytest.mark.parametrize("name", ["access", "__Host-access", "access_token", "session", "token"])
def test_token_in_a_cookie_is_ignored(client: FlaskClient, access_token: str, name: str) -> None:
    client.set_cookie(name, access_token)

    assert client.get(ME).status_code == 401
    assert client.post("/api/v1/auth/logout-all").status_code == 401
    client.delete_cookie(name)
    assert client.get(ME, headers={"Authorization": f"Bearer {access_token}"}).status_code == 200


def test_refresh_token_is_not_accepted_as_access_token(
    get_me: GetMe, session: SessionWithToken
) -> None:
    response = get_me(f"Bearer {session.refresh_token}")

    assert response.headers.getlist("WWW-Authenticate") == [ERROR_CHALLENGE]


def test_session_of_another_member_is_rejected(
    app: Flask, get_me: GetMe, claims: dict[str, Any]
) -> None:
    with app.app_context():
        other = Member(email="eve@example.com", name="Eve")
        db.session.add(other)
        db.session.commit()
        other_id = other.id

    response = get_me(f"Bearer {sign(VALID_HEADER, {**claims, 'sub': str(other_id)})}")

    assert response.status_code == 401


def test_unknown_member_is_rejected(get_me: GetMe, claims: dict[str, Any]) -> None:
    response = get_me(f"Bearer {sign(VALID_HEADER, {**claims, 'sub': str(2**31 - 1)})}")

    assert response.headers.getlist("WWW-Authenticate") == [ERROR_CHALLENGE]


def test_disabled_member_is_rejected(app: Flask, get_me: GetMe, access_token: str) -> None:
    with app.app_context():
        db.session.execute(update(Member).values(disabled_at=now()))
        db.session.commit()

    assert get_me(f"Bearer {access_token}").status_code == 401


def test_token_expires_after_the_leeway(app: Flask, session: SessionWithToken) -> None:
    def status(age: int) -> int:
        issued_at = now() - timedelta(seconds=age)
        token = issue_access_token(
            session.member_id, session.session_id, app.config["JWT_KEYS"], issued_at
        )
        header = {"Authorization": f"Bearer {token}"}
        return app.test_client().get(ME, headers=header).status_code

    assert status(ACCESS_TOKEN_SECONDS - 60) == 200
    assert status(ACCESS_TOKEN_SECONDS + LEEWAY_SECONDS) == 401
    assert status(-LEEWAY_SECONDS) == 200


def test_principal_is_loaded_with_one_query(
    client: FlaskClient, access_token: str, statements: list[str]
) -> None:
    client.get(ME, headers={"Authorization": f"Bearer {access_token}"})

    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_forged_token_causes_no_query(
    client: FlaskClient, claims: dict[str, Any], statements: list[str]
) -> None:
    forged = with_header(OTHER_KEY)(claims)
    statements.clear()

    client.get(ME, headers={"Authorization": f"Bearer {forged}"})

    assert statements == []


def fingerprint(app: Flask, address: str, user_agent: str) -> str:
    """Return the fingerprint of a client."""
    environ = {"REMOTE_ADDR": address, "HTTP_USER_AGENT": user_agent}
    with app.test_request_context(environ_overrides=environ):
        return client_fingerprint()


def test_fingerprint_stays_the_same_within_a_network(app: Flask) -> None:
    fingerprints = {fingerprint(app, address, "a") for address in ("192.0.2.7", "192.0.2.77")}

    assert len(fingerprints) == 1


@pytest.mark.parametrize(
    ("address", "user_agent"), [("198.51.100.7", "a"), ("192.0.2.7", "b"), ("192.0.2.7", "é\xff")]
)
def test_fingerprint_depends_on_network_and_user_agent(
    app: Flask, address: str, user_agent: str
) -> None:
    assert fingerprint(app, address, user_agent) != fingerprint(app, "192.0.2.7", "a")
