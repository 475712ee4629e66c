"""The accounts' JSON API."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.conftest import LogIn
from tests.accounts.kim import (
    EMAIL,
    GOOD,
    PASSWORD,
    WRONG,
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
def test_what_is_no_text_is_refused_and_named(
    client: FlaskClient, path: str, field: str, value: object
) -> None:
    """A15, C10."""
    body = {
        "register": GOOD,
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
        pytest.param(b"{}", 422, id="nothing in it"),
        pytest.param(b"[]", 422, id="a list"),
        pytest.param(b"{", 400, id="no JSON"),
        pytest.param(b"[" * 100_000, 400, id="deep"),
        pytest.param(b"\xff", 400, id="no UTF-8"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(
    client: FlaskClient, path: str, body: bytes, status: int
) -> None:
    response = client.post(
        f"/api/v1/auth/{path}", data=body, headers={"Content-Type": "application/json"}
    )

    assert response.status_code == status


def test_nothing_that_holds_a_token_or_a_person_is_kept(
    client: FlaskClient, log_in: LogIn, bearer: Header, refresh: Refresh
) -> None:
    """C01, R5.05."""
    answers = [
        register(client),
        register(client, email="other@example.com"),
        log_in(),
        log_in(password=WRONG),
        refresh("x"),
        refresh(log_in().get_json()["refresh_token"]),
        client.get("/api/v1/auth/me", headers=bearer),
        client.get("/api/v1/auth/me"),
        client.get("/api/v1/auth/sessions", headers=bearer),
        change_password(client, bearer),
        client.post("/api/v1/auth/login", data="{"),
    ]

    assert [answer.headers.get("Cache-Control") for answer in answers] == ["no-store"] * 11


def test_no_answer_sets_a_cookie(client: FlaskClient, log_in: LogIn, bearer: Header) -> None:
    """R4.03: what has no cookie needs no protection against other sites."""
    answers = [register(client), log_in(), client.get("/api/v1/auth/me", headers=bearer)]

    assert [answer.headers.getlist("Set-Cookie") for answer in answers] == [[], [], []]


def test_an_e_mail_is_shown_to_nobody_else(
    client: FlaskClient, bearer: Header, access_token: str
) -> None:
    """The author of a question is an id and a name."""
    question = {"title": "How do I begin?", "body": "I have no idea."}
    client.post("/api/v1/questions", json=question, headers=bearer)
    of_ann = {"Authorization": f"Bearer {access_token}"}

    for path in ("/api/v1/questions", "/api/v1/auth/me", "/api/v1/auth/sessions", "/"):
        assert "kim@" not in client.get(path, headers=of_ann).text


def test_the_description_names_what_needs_a_member(app: Flask, client: FlaskClient) -> None:
    """R6.05: every operation that answers 401 without a token, and no other."""
    document = client.get("/api/v1/openapi.json").get_json()
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }

    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("auth_api."):
            [method] = (rule.methods or set()) & {"GET", "POST", "DELETE"}
            path = rule.rule.replace("<string:session_id>", "{session_id}")
            operation = document["paths"][path][method.lower()]
            is_open = path.rsplit("/", 1)[1] in {"register", "login", "refresh"}
            assert operation.get("security", []) == ([] if is_open else [{"bearer": []}])
            answer = client.open(path.replace("{session_id}", "x"), method=method)
            assert (answer.status_code == 401) is not is_open
