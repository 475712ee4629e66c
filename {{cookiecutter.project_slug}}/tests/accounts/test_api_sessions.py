"""Going on with sessions, seeing them and ending them, through the API."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from service.accounts.models import RefreshToken, Session
from service.core.columns import now
from service.extensions import db
from tests.accounts.conftest import MANY, AtOnce, LogIn
from tests.accounts.kim import (
    Header,
    bearer_of,
    change_password,
    log_out,
    log_out_everywhere,
    me,
)

Refresh = Callable[[str], TestResponse]
End = Callable[[FlaskClient, Header], TestResponse]


def test_refreshing_brings_new_tokens(
    client: FlaskClient, tokens: dict[str, Any], refresh: Refresh
) -> None:
    """C01."""
    response = refresh(tokens["refresh_token"])

    assert response.status_code == 200
    assert response.get_json().keys() == tokens.keys()
    assert response.get_json()["refresh_token"] != tokens["refresh_token"]
    assert me(client, bearer_of(response)) == 200


def test_a_token_used_a_moment_ago_says_so_to_programs(
    client: FlaskClient, tokens: dict[str, Any], bearer: Header, refresh: Refresh
) -> None:
    """R4.06, Z20."""
    refresh(tokens["refresh_token"])

    response = refresh(tokens["refresh_token"])

    assert (response.status_code, response.get_json()["code"]) == (401, "token_rotated")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
    assert me(client, bearer) == 200


@pytest.mark.parametrize("token", ["x", "x" * 10_000, "\N{GRINNING FACE}", "' OR 1=1 --"])
def test_what_is_no_refresh_token_opens_nothing(refresh: Refresh, token: str) -> None:
    """C10."""
    response = refresh(token)

    assert (response.status_code, response.get_json()["code"]) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


@pytest.mark.parametrize("token", ["a\0b", "\ud800", "x" * 10_001])
def test_what_can_be_no_token_is_refused(refresh: Refresh, token: str) -> None:
    """C10."""
    assert refresh(token).status_code == 422


def test_an_access_token_renews_nothing(tokens: dict[str, Any], refresh: Refresh) -> None:
    """B14."""
    assert refresh(tokens["access_token"]).status_code == 401


@pytest.mark.slow
def test_of_many_refreshes_at_once_one_succeeds(
    app: Flask, tokens: dict[str, Any], bearer: Header, at_once: AtOnce
) -> None:
    """R4.05, C04, Z19."""

    def refresh() -> tuple[int, str]:
        body = {"refresh_token": tokens["refresh_token"]}
        response = app.test_client().post("/api/v1/auth/refresh", json=body)
        return response.status_code, response.get_json().get("code", "")

    answers = at_once(*[refresh] * MANY)

    assert sorted(answers) == [(200, "")] + [(401, "token_rotated")] * (MANY - 1)
    assert me(app.test_client(), bearer) == 200
    with app.app_context():
        unused = select(func.count()).where(RefreshToken.used_at.is_(None))
        assert db.session.scalar(unused) == 1


@pytest.mark.parametrize("end", [log_out, log_out_everywhere, change_password])
def test_what_ends_a_session_ends_all_that_came_from_it(
    client: FlaskClient, tokens: dict[str, Any], bearer: Header, refresh: Refresh, end: End
) -> None:
    """R4.07, C06, C07."""
    assert end(client, bearer).status_code in {200, 204}

    assert me(client, bearer) == 401
    assert refresh(tokens["refresh_token"]).status_code == 401


@pytest.mark.parametrize(
    ("end", "status"),
    [(log_out, 200), (log_out_everywhere, 401), (change_password, 401)],
)
def test_other_sessions_end_where_that_is_meant(
    client: FlaskClient, log_in: LogIn, bearer: Header, end: End, status: int
) -> None:
    """C08."""
    other = bearer_of(log_in())

    end(client, bearer)

    assert me(client, other) == status


def test_a_member_sees_their_sessions(client: FlaskClient, log_in: LogIn, bearer: Header) -> None:
    """R4.08, C20."""
    log_in(address="198.51.100.7")

    items = client.get("/api/v1/auth/sessions", headers=bearer).get_json()["items"]

    shown = {"id", "device", "network", "created_at", "renewed_at", "expires_at", "is_current"}
    assert [item.keys() for item in items] == [shown] * 2
    assert {item["network"]: item["is_current"] for item in items} == {
        "127.0.0.0/24": True,
        "198.51.100.0/24": False,
    }


def test_a_member_sees_no_session_of_others(
    client: FlaskClient, bearer: Header, access_token: str
) -> None:
    """C20."""
    of_ann = client.get(
        "/api/v1/auth/sessions", headers={"Authorization": f"Bearer {access_token}"}
    )

    assert len(of_ann.get_json()["items"]) == 1
    assert len(client.get("/api/v1/auth/sessions", headers=bearer).get_json()["items"]) == 1


def test_a_hundred_sessions_are_listed_at_most(
    app: Flask, client: FlaskClient, kim_id: int, bearer: Header
) -> None:
    """R6.03."""
    with app.app_context():
        usual = {"member_id": kim_id, "device": "", "network": "", "expires_at": now()}
        later = {**usual, "expires_at": now().replace(year=now().year + 1)}
        db.session.add_all(Session(id=f"session-{number}", **later) for number in range(120))
        db.session.commit()

    items = client.get("/api/v1/auth/sessions", headers=bearer).get_json()["items"]

    assert len(items) == 100


def test_a_member_can_end_one_of_their_sessions(
    client: FlaskClient, log_in: LogIn, bearer: Header
) -> None:
    """R4.08."""
    other = bearer_of(log_in())
    items = client.get("/api/v1/auth/sessions", headers=bearer).get_json()["items"]
    [elsewhere] = [item["id"] for item in items if not item["is_current"]]

    response = client.delete(f"/api/v1/auth/sessions/{elsewhere}", headers=bearer)

    assert response.status_code == 204
    assert (me(client, other), me(client, bearer)) == (401, 200)


def test_a_session_of_another_member_is_not_there(
    client: FlaskClient, bearer: Header, access_token: str
) -> None:
    """C20, R6.05."""
    of_ann = {"Authorization": f"Bearer {access_token}"}
    [session] = client.get("/api/v1/auth/sessions", headers=of_ann).get_json()["items"]

    response = client.delete(f"/api/v1/auth/sessions/{session['id']}", headers=bearer)

    assert response.status_code == 404
    assert me(client, of_ann) == 200


@pytest.mark.parametrize(
    "session_id", ["1", "x" * 1000, "%00", "a%00b", "%ff", "%F0%9F%98%80", "%27"]
)
def test_what_is_no_session_is_not_there(
    client: FlaskClient, bearer: Header, session_id: str
) -> None:
    """C20."""
    response = client.delete(f"/api/v1/auth/sessions/{session_id}", headers=bearer)

    assert response.status_code == 404
