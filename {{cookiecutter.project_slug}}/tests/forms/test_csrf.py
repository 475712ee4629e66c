"""A form can be sent by our own pages only, and its session stays where it belongs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.http import parse_cookie

from service.board.models import Question
from service.extensions import db
from service.forms.sessions import reachable_cookie
from tests.conftest import MakeWriter
from tests.page import Page

Fields = dict[str, str]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
HOST = "https://example.com"


def count(app: Flask) -> int:
    """Return how many questions there are."""
    with app.app_context():
        return len(db.session.scalars(db.select(Question.id)).all())


def test_whatever_changes_something_needs_the_token(
    app: Flask, client: FlaskClient, question_id: int
) -> None:
    """D01."""
    places = [
        (method, rule)
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith("/api/")
        for method in UNSAFE & (rule.methods or set())
    ]
    assert places

    urls = app.url_map.bind("localhost")
    for method, rule in places:
        path = urls.build(rule.endpoint, dict.fromkeys(rule.arguments, question_id))
        response = client.open(path, method=method, data={"title": "Whose?", "body": "Mine."})
        assert response.status_code == 400, rule.rule

    assert count(app) == 1


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 10_240, id="ten kilobytes"),
        pytest.param("IjAi.aaaa.bbbb", id="forged"),
        pytest.param("ä\x00", id="no token"),
    ],
)
def test_a_token_that_is_none_is_refused(
    app: Flask, writer: FlaskClient, filled: Fields, token: str
) -> None:
    """D02."""
    response = writer.post("/main/question", data={**filled, "csrf_token": token})

    assert (response.status_code, count(app)) == (400, 0)


def test_the_token_of_another_session_is_refused(app: Flask, filled: Fields) -> None:
    """D02."""
    victim = app.test_client()
    victim.get("/main/question")

    response = victim.post("/main/question", data=filled)

    assert (response.status_code, count(app)) == (400, 0)


def test_a_token_in_the_address_is_refused(app: Flask, writer: FlaskClient, filled: Fields) -> None:
    """D02."""
    token = filled.pop("csrf_token")

    response = writer.post("/main/question", query_string={"csrf_token": token}, data=filled)

    assert (response.status_code, count(app)) == (400, 0)


def test_json_in_plain_text_is_refused(app: Flask, writer: FlaskClient) -> None:
    """D04."""
    response = writer.post("/main/question", data='{"title": "x"}', content_type="text/plain")

    assert (response.status_code, count(app)) == (400, 0)


def test_a_page_that_was_open_for_a_week_can_be_sent(
    writer: FlaskClient, filled: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R5.01."""
    next_week = int((datetime.now(UTC) + timedelta(days=7)).timestamp())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: next_week)

    assert writer.post("/main/question", data=filled).status_code == 303


def test_a_session_outlives_a_new_key(
    settings: dict[str, str],
    writer: FlaskClient,
    make_app: Callable[..., Flask],
    make_writer: MakeWriter,
) -> None:
    """R2.04."""
    writer.get("/main/question")
    session = writer.get_cookie("session")
    assert session
    new = "a new key, of which the old pages know nothing"
    renewed = make_app(SECRET_KEY=new, SECRET_KEY_FALLBACKS=settings["SECRET_KEY"])
    browser = make_writer(renewed)
    browser.set_cookie("session", session.value)

    fields = Page(browser.get("/main/question").text).fields
    response = browser.post("/main/question", data={**fields, "title": "Still me?", "body": "Yes"})

    assert response.status_code == 303


def test_the_cookie_is_out_of_reach_in_production(
    production: Flask, make_writer: MakeWriter
) -> None:
    """R4.10."""
    response = make_writer(production).get("/main/question", base_url=HOST)

    [header] = response.headers.getlist("Set-Cookie")
    value, *attributes = [part.strip() for part in header.split(";")]
    assert parse_cookie(value).keys() == {"__Host-session"}
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert len(header) < 4096


def test_a_page_of_the_session_is_kept_apart_by_caches(writer: FlaskClient) -> None:
    """R5.05."""
    assert "Cookie" in writer.get("/main/question").vary


@pytest.mark.parametrize(
    ("referrer", "status"),
    [
        pytest.param(f"{HOST}/main/question", 303, id="our own page"),
        pytest.param("https://evil.invalid/main/question", 400, id="a page of others"),
        pytest.param("http://example.com/main/question", 400, id="our page without encryption"),
        pytest.param("", 400, id="none"),
    ],
)
def test_a_form_over_https_comes_from_our_own_page(
    production: Flask, make_writer: MakeWriter, referrer: str, status: int
) -> None:
    """R5.02, D09."""
    browser = make_writer(production)
    fields = Page(browser.get("/main/question", base_url=HOST).text).fields

    response = browser.post(
        "/main/question",
        base_url=HOST,
        data={**fields, "title": "Who am I?", "body": "Me."},
        headers={"Referer": referrer} if referrer else {},
    )

    assert response.status_code == status


def test_our_own_policy_lets_the_browser_name_the_referrer(production: Flask) -> None:
    """R5.02."""
    response = production.test_client().get("/main/question", base_url=HOST)

    assert response.headers["Referrer-Policy"] in {"same-origin", "strict-origin-when-cross-origin"}


def test_the_api_needs_no_token_because_it_reads_no_cookie(writer: FlaskClient) -> None:
    """R4.03."""
    response = writer.post("/api/v1/questions", json={"title": "Who am I?", "body": "Nobody."})

    assert response.status_code == 201
    assert "Set-Cookie" not in response.headers


def test_a_page_made_for_one_session_is_kept_nowhere(writer: FlaskClient, question_id: int) -> None:
    """R5.05, F10."""
    for path in ("/main/question", f"/main/question/{question_id}"):
        page = writer.get(path)

        assert page.headers["Cache-Control"] == "no-store"
        assert "Cookie" in page.vary


def test_a_cookie_within_reach_is_found(production: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """R4.10."""
    monkeypatch.setitem(production.config, "SESSION_COOKIE_HTTPONLY", False)

    [problem] = reachable_cookie(production.config)

    assert problem.startswith("SESSION_COOKIE_HTTPONLY ")
