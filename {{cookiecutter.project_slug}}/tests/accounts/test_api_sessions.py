"""Token refresh, logout and the list of sessions, through the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from service.accounts.models import RefreshToken
from service.accounts.refresh_tokens import GRACE_PERIOD
from service.accounts.sessions import create_session
from service.database.columns import now
from service.extensions import db
from tests.accounts.conftest import CONCURRENCY, LogIn, RunConcurrently
from tests.accounts.member_actions import (
    Header,
    change_password,
    logout,
    logout_all,
    make_auth_header,
    me_status,
)

Refresh = Callable[[str], TestResponse]
EndSession = Callable[[FlaskClient, Header], TestResponse]


def test_refresh_returns_new_tokens(
    client: FlaskClient, tokens: dict[str, Any], refresh: Refresh
) -> None:
    response = refresh(tokens["refresh_token"])

    assert response.status_code == 200
    assert response.get_json().keys() == tokens.keys()
    assert response.get_json()["refresh_token"] != tokens["refresh_token"]
    assert me_status(client, make_auth_header(response)) == 200


def test_refresh_can_be_retried_after_a_lost_response(
    client: FlaskClient, tokens: dict[str, Any], refresh: Refresh
) -> None:
    lost = refresh(tokens["refresh_token"])

    response = refresh(tokens["refresh_token"])

    assert response.status_code == 200
    assert response.get_json()["refresh_token"] == lost.get_json()["refresh_token"]
    assert me_status(client, make_auth_header(response)) == 200


def test_reuse_after_the_new_token_was_used_ends_the_session(
    client: FlaskClient, tokens: dict[str, Any], auth_header: Header, refresh: Refresh
) -> None:
    refresh(refresh(tokens["refresh_token"]).get_json()["refresh_token"])

    response = refresh(tokens["refresh_token"])

    assert (response.status_code, response.get_json()["code"]) == (401, "invalid_token")
    assert me_status(client, auth_header) == 401


@pytest.mark.parametrize("change", [{"REMOTE_ADDR": "192.0.2.7"}, {"HTTP_USER_AGENT": "other"}])
def test_only_the_same_client_can_retry_after_the_grace_period(
    app: Flask, client: FlaskClient, tokens: dict[str, Any], change: dict[str, str]
) -> None:
    body = {"refresh_token": tokens["refresh_token"]}
    client.post("/api/v1/auth/refresh", json=body)
    with app.app_context():
        used = update(RefreshToken).where(RefreshToken.used_at.is_not(None))
        db.session.execute(used.values(used_at=now() - GRACE_PERIOD - timedelta(seconds=1)))
        db.session.commit()

    same = client.post("/api/v1/auth/refresh", json=body)
    other = client.post("/api/v1/auth/refresh", json=body, environ_overrides=change)

    assert (same.status_code, other.status_code) == (200, 401)


@pytest.mark.parametrize("token", ["x", "x" * 10_000, "\N{GRINNING FACE}", "' OR 1=1 --"])
def test_unknown_refresh_token_is_rejected(refresh: Refresh, token: str) -> None:
    response = refresh(token)

    assert (response.status_code, response.get_json()["code"]) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


@pytest.mark.parametrize("token", ["a\0b", "\ud800", "x" * 10_001])
def test_malformed_refresh_token_is_rejected(refresh: Refresh, token: str) -> None:
    assert refresh(token).status_code == 422


def test_access_token_is_not_accepted_as_refresh_token(
    tokens: dict[str, Any], refresh: Refresh
) -> None:
    assert refresh(tokens["access_token"]).status_code == 401


@pytest.mark.slow
def test_concurrent_refreshes_return_the_same_refresh_token(
    app: Flask, tokens: dict[str, Any], auth_header: Header, run_concurrently: RunConcurrently
) -> None:
    def refresh() -> tuple[int, str]:
        body = {"refresh_token": tokens["refresh_token"]}
        response = app.test_client().post("/api/v1/auth/refresh", json=body)
        return response.status_code, response.get_json().get("refresh_token", "")

    [(status, _token)] = set(run_concurrently(*[refresh] * CONCURRENCY))

    assert status == 200
    assert me_status(app.test_client(), auth_header) == 200
    with app.app_context():
        unused = select(func.count()).where(RefreshToken.used_at.is_(None))
        assert db.session.scalar(unused) == 1


@pytest.mark.parametrize("end", [logout, logout_all, change_password])
def test_ending_a_session_revokes_its_tokens(
    client: FlaskClient,
    tokens: dict[str, Any],
    auth_header: Header,
    refresh: Refresh,
    end: EndSession,
) -> None:
    assert end(client, auth_header).status_code in {200, 204}

    assert me_status(client, auth_header) == 401
    assert refresh(tokens["refresh_token"]).status_code == 401


@pytest.mark.parametrize(
    ("end", "status"),
    [(logout, 200), (logout_all, 401), (change_password, 401)],
)
def test_only_a_logout_keeps_the_other_sessions(
    client: FlaskClient, login: LogIn, auth_header: Header, end: EndSession, status: int
) -> None:
    other = make_auth_header(login())

    end(client, auth_header)

    assert me_status(client, other) == status


def test_sessions_are_listed(client: FlaskClient, login: LogIn, auth_header: Header) -> None:
    login(address="198.51.100.7")

    items = client.get("/api/v1/auth/sessions", headers=auth_header).get_json()["items"]

    keys = {"id", "device", "network", "created_at", "renewed_at", "expires_at", "is_current"}
    assert [item.keys() for item in items] == [keys] * 2
    assert {item["network"]: item["is_current"] for item in items} == {
        "127.0.0.0/24": True,
        "198.51.100.0/24": False,
    }


def test_sessions_of_other_members_are_not_listed(
    client: FlaskClient, auth_header: Header, access_token: str
) -> None:
    path = "/api/v1/auth/sessions"
    ann_header = {"Authorization": f"Bearer {access_token}"}

    assert len(client.get(path, headers=ann_header).get_json()["items"]) == 1
    assert len(client.get(path, headers=auth_header).get_json()["items"]) == 1


def test_at_most_100_sessions_are_listed(
    app: Flask, client: FlaskClient, kim_id: int, auth_header: Header
) -> None:
    with app.app_context():
        for _number in range(120):
            create_session(kim_id, "a test", "127.0.0.0/24", now())

    items = client.get("/api/v1/auth/sessions", headers=auth_header).get_json()["items"]

    assert len(items) == 100


def test_session_can_be_revoked(client: FlaskClient, login: LogIn, auth_header: Header) -> None:
    other = make_auth_header(login())
    items = client.get("/api/v1/auth/sessions", headers=auth_header).get_json()["items"]
    [other_id] = [item["id"] for item in items if not item["is_current"]]

    response = client.delete(f"/api/v1/auth/sessions/{other_id}", headers=auth_header)

    assert response.status_code == 204
    assert (me_status(client, other), me_status(client, auth_header)) == (401, 200)


def test_session_of_another_member_is_not_found(
    client: FlaskClient, auth_header: Header, access_token: str
) -> None:
    ann_header = {"Authorization": f"Bearer {access_token}"}
    [session] = client.get("/api/v1/auth/sessions", headers=ann_header).get_json()["items"]

    response = client.delete(f"/api/v1/auth/sessions/{session['id']}", headers=auth_header)

    assert response.status_code == 404
    assert me_status(client, ann_header) == 200


@pytest.mark.parametrize(
    "session_id", ["1", "x" * 1000, "%00", "a%00b", "%ff", "%F0%9F%98%80", "%27"]
)
def test_unknown_session_is_not_found(
    client: FlaskClient, auth_header: Header, session_id: str
) -> None:
    response = client.delete(f"/api/v1/auth/sessions/{session_id}", headers=auth_header)

    assert response.status_code == 404
