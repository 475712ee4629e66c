"""Who acts in a request."""

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
from service.accounts.rules import canonical_name
from service.accounts.sessions import Renewal, open_session
from service.accounts.tokens import LEEWAY_SECONDS, Claims, issue_access_token
from service.core.columns import now
from service.extensions import db
from tests.accounts.forgery import (
    FORGERIES,
    GOOD_HEADER,
    OTHER_KEY,
    Forge,
    good_claims,
    sign,
    with_header,
)

pytestmark = pytest.mark.slow

ME = "/api/v1/auth/me"
INVALID = 'Bearer realm="api", error="invalid_token"'
ASK_FOR_ONE = 'Bearer realm="api"'


@pytest.fixture
def session(app: Flask, member_id: int) -> Renewal:
    """Begin a session of Ann's."""
    with app.app_context():
        return open_session(member_id, "a test", "127.0.0.0/24", now())


@pytest.fixture
def claims(session: Renewal) -> dict[str, Any]:
    """Return the claims of a good token of Ann's session."""
    return good_claims(int(now().timestamp()), session.member_id, session.session_id)


@pytest.fixture
def get_me(client: FlaskClient) -> Callable[[str], TestResponse]:
    """Ask who one is, with this header."""
    return lambda header: client.get(ME, headers={"Authorization": header})


GetMe = Callable[[str], TestResponse]


def test_a_good_token_opens(get_me: GetMe, claims: dict[str, Any]) -> None:
    """The table of forgeries begins with this one: each of them changes one thing."""
    response = get_me(f"Bearer {sign(GOOD_HEADER, claims)}")

    assert (response.status_code, response.get_json()["name"]) == (200, "Ann")


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_forged_token_neither_reads_nor_writes(
    client: FlaskClient, get_me: GetMe, claims: dict[str, Any], forge: Forge
) -> None:
    """R4.01, R4.02, B01-B20."""
    forged = f"Bearer {forge(claims)}"

    read = get_me(forged)
    written = client.post("/api/v1/auth/logout-all", headers={"Authorization": forged})

    for answer in (read, written):
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
        assert answer.headers.getlist("WWW-Authenticate") == [INVALID]
    assert get_me(f"Bearer {sign(GOOD_HEADER, claims)}").status_code == 200


def test_a_key_that_a_token_names_is_not_fetched(get_me: GetMe, claims: dict[str, Any]) -> None:
    """B06."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.setblocking(False)
        address = f"http://127.0.0.1:{canary.getsockname()[1]}/keys.json"

        for header in ("jku", "x5u"):
            assert get_me(f"Bearer {with_header(**{header: address})(claims)}").status_code == 200
            with pytest.raises(BlockingIOError):
                canary.accept()


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("bearer {}", id="small letters"),
        pytest.param("BEARER {}", id="capitals"),
        pytest.param("Bearer  {}", id="two spaces"),
        pytest.param("Bearer {} ", id="a space behind"),
    ],
)
def test_the_scheme_may_be_written_in_any_case(
    get_me: GetMe, access_token: str, header: str
) -> None:
    """B19."""
    assert get_me(header.format(access_token)).status_code == 200


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        pytest.param("Bearer{}", ASK_FOR_ONE, id="no space"),
        pytest.param("Basic {}", ASK_FOR_ONE, id="another scheme"),
        pytest.param("Token {}", ASK_FOR_ONE, id="a scheme that is none"),
        pytest.param("{}", ASK_FOR_ONE, id="no scheme"),
        pytest.param("", ASK_FOR_ONE, id="empty"),
        pytest.param("Bearer", INVALID, id="no token"),
        pytest.param("Bearer {} {}", INVALID, id="two tokens"),
        pytest.param("Bearer {},Bearer {}", INVALID, id="two headers in one"),
        pytest.param('Bearer "{}"', INVALID, id="quotes"),
    ],
)
def test_any_other_header_is_refused(
    get_me: GetMe, access_token: str, header: str, challenge: str
) -> None:
    """R4.02, B19: `error` stands only where a token was sent (RFC 6750, section 3.1)."""
    response = get_me(header.format(access_token, access_token))

    assert response.status_code == 401
    assert response.headers.getlist("WWW-Authenticate") == [challenge]


def test_without_a_header_it_is_told_what_to_send(client: FlaskClient) -> None:
    """R4.02."""
    response = client.get(ME)

    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers.getlist("WWW-Authenticate") == [ASK_FOR_ONE]
    assert "code" not in response.get_json()


@pytest.mark.parametrize("name", ["access_token", "token", "Authorization"])
def test_a_token_in_the_address_opens_nothing(
    client: FlaskClient, access_token: str, name: str
) -> None:
    """R4.03, A26."""
    response = client.get(ME, query_string={name: access_token})

    assert response.status_code == 401
    assert response.headers.getlist("WWW-Authenticate") == [ASK_FOR_ONE]


def test_a_token_in_the_body_opens_nothing(client: FlaskClient, access_token: str) -> None:
    """R4.03."""
    response = client.post("/api/v1/auth/logout", data={"access_token": access_token})

    assert response.status_code == 401


@pytest.mark.parametrize("name", ["access", "__Host-access", "access_token", "session", "token"])
def test_a_token_in_a_cookie_opens_nothing(
    client: FlaskClient, access_token: str, name: str
) -> None:
    """R4.03, D05."""
    client.set_cookie(name, access_token)

    assert client.get(ME).status_code == 401
    assert client.post("/api/v1/auth/logout-all").status_code == 401
    client.delete_cookie(name)
    assert client.get(ME, headers={"Authorization": f"Bearer {access_token}"}).status_code == 200


def test_a_refresh_token_is_no_access_token(get_me: GetMe, session: Renewal) -> None:
    """B14."""
    response = get_me(f"Bearer {session.refresh_token}")

    assert response.headers.getlist("WWW-Authenticate") == [INVALID]


def test_a_token_of_one_member_opens_no_session_of_another(
    app: Flask, get_me: GetMe, claims: dict[str, Any]
) -> None:
    """B12."""
    with app.app_context():
        other = Member(email="eve@example.com", name="Eve", canonical_name=canonical_name("Eve"))
        db.session.add(other)
        db.session.commit()
        other_id = other.id

    response = get_me(f"Bearer {sign(GOOD_HEADER, {**claims, 'sub': str(other_id)})}")

    assert response.status_code == 401


def test_a_member_who_is_not_there_opens_nothing(get_me: GetMe, claims: dict[str, Any]) -> None:
    """B12."""
    response = get_me(f"Bearer {sign(GOOD_HEADER, {**claims, 'sub': str(2**31 - 1)})}")

    assert response.headers.getlist("WWW-Authenticate") == [INVALID]


def test_a_disabled_member_can_do_nothing(app: Flask, get_me: GetMe, access_token: str) -> None:
    """A28, R4.07."""
    with app.app_context():
        db.session.execute(update(Member).values(disabled_at=now()))
        db.session.commit()

    assert get_me(f"Bearer {access_token}").status_code == 401


def test_a_token_outlives_its_time_by_the_leeway_only(app: Flask, session: Renewal) -> None:
    """B10, Z32."""

    def status(age: int) -> int:
        issued_at = now() - timedelta(seconds=age)
        ring = app.extensions["key_ring"]
        token = issue_access_token(
            Claims(session.member_id, session.session_id), ring, issued_at, "a token"
        )
        header = {"Authorization": f"Bearer {token}"}
        return app.test_client().get(ME, headers=header).status_code

    # Some seconds may pass meanwhile; a clock that was behind issued the last one.
    assert status(900 + LEEWAY_SECONDS - 5) == 200
    assert status(900 + LEEWAY_SECONDS) == 401
    assert status(-LEEWAY_SECONDS) == 200


def test_who_acts_is_asked_of_the_database_once(
    client: FlaskClient, access_token: str, statements: list[str]
) -> None:
    """Issue 3: a request reads its session and its member in one query."""
    client.get(ME, headers={"Authorization": f"Bearer {access_token}"})

    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_a_forged_token_costs_the_database_nothing(
    client: FlaskClient, claims: dict[str, Any], statements: list[str]
) -> None:
    forged = with_header(OTHER_KEY)(claims)
    statements.clear()

    client.get(ME, headers={"Authorization": f"Bearer {forged}"})

    assert statements == []
