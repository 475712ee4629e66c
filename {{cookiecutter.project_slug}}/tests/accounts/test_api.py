"""The JSON API of accounts: input, caching and the OpenAPI document."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.conftest import LogIn
from tests.accounts.member_actions import (
    EMAIL,
    PASSWORD,
    REGISTRATION,
    WRONG_PASSWORD,
    Header,
    change_password,
    register,
)

Refresh = Callable[[str], TestResponse]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([EMAIL], id="a list"),
        pytest.param({"$ne": None}, id="an object"),
        pytest.param(True, id="a boolean"),
        pytest.param(7, id="a number"),
        pytest.param(None, id="null"),
        pytest.param("", id="empty"),
    ],
)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("register", "email"),
        ("register", "name"),
        ("register", "password"),
        ("login", "email"),
        ("login", "password"),
        ("refresh", "refresh_token"),
    ],
)
def test_non_string_value_is_rejected_with_its_field(
    client: FlaskClient, path: str, field: str, value: object
) -> None:
    body = {
        "register": REGISTRATION,
        "login": {"email": EMAIL, "password": PASSWORD},
        "refresh": {"refresh_token": "x"},
    }[path]

    response = client.post(f"/api/v1/auth/{path}", json={**body, field: value})

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [f"/{field}"]


@pytest.mark.parametrize("path", ["register", "login", "refresh"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"{}", 422, id="empty object"),
        pytest.param(b"[]", 422, id="a list"),
        pytest.param(b"{", 400, id="invalid JSON"),
        pytest.param(b"[" * 100_000, 400, id="deeply nested"),
        pytest.param(b"\xff", 400, id="invalid UTF-8"),
    ],
)
def test_invalid_body_is_rejected(client: FlaskClient, path: str, body: bytes, status: int) -> None:
    response = client.post(
        f"/api/v1/auth/{path}", data=body, headers={"Content-Type": "application/json"}
    )

    assert response.status_code == status


def test_responses_are_not_cached(
    client: FlaskClient, login: LogIn, auth_header: Header, refresh: Refresh
) -> None:
    responses = [
        register(client),
        register(client, email="other@example.com"),
        login(),
        login(password=WRONG_PASSWORD),
        refresh("x"),
        refresh(login().get_json()["refresh_token"]),
        client.get("/api/v1/auth/me", headers=auth_header),
        client.get("/api/v1/auth/me"),
        client.get("/api/v1/auth/sessions", headers=auth_header),
        change_password(client, auth_header),
        client.post("/api/v1/auth/login", data="{"),
    ]

    assert [response.headers.get("Cache-Control") for response in responses] == ["no-store"] * 11


def test_responses_set_no_cookie(client: FlaskClient, login: LogIn, auth_header: Header) -> None:
    # An API that uses no cookies needs no protection against CSRF.
    responses = [register(client), login(), client.get("/api/v1/auth/me", headers=auth_header)]

    assert [response.headers.getlist("Set-Cookie") for response in responses] == [[], [], []]


def test_email_address_is_not_shown_to_other_members(
    client: FlaskClient, auth_header: Header, access_token: str
) -> None:
    question = {"title": "How do I begin?", "body": "I have no idea."}
    client.post("/api/v1/questions", json=question, headers=auth_header)
    ann_header = {"Authorization": f"Bearer {access_token}"}

    for path in ("/api/v1/questions", "/api/v1/auth/me", "/api/v1/auth/sessions", "/"):
        assert "kim@" not in client.get(path, headers=ann_header).text


def test_openapi_marks_exactly_the_operations_that_require_login(
    app: Flask, client: FlaskClient
) -> None:
    document = client.get("/api/v1/openapi.json").get_json()
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }

    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("auth_api."):
            [method] = (rule.methods or set()) & {"GET", "POST", "PATCH", "DELETE"}
            path = rule.rule.replace("<string:session_id>", "{session_id}")
            operation = document["paths"][path][method.lower()]
            is_public = path.rsplit("/", 1)[1] in {
                "register",
                "login",
                "refresh",
                "forgot",
                "reset",
                "confirm",
            }
            assert operation.get("security", []) == ([] if is_public else [{"bearer": []}])
            response = client.open(path.replace("{session_id}", "x"), method=method)
            assert (response.status_code == 401) is not is_public
