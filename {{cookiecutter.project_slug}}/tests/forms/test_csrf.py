"""CSRF protection: only pages of this site can submit its forms."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner

from service.board.models import Question
from service.extensions import db
from tests.conftest import Log, MakeWriter
from tests.page import Page

Fields = dict[str, str]
UNSAFE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}
BASE_URL = "https://example.com"
FOREIGN_HEADERS = [
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="same-site"),
    pytest.param({"Sec-Fetch-Site": "same-origin, cross-site"}, id="two values"),
    pytest.param(
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, id="forged Origin"
    ),
    pytest.param({"Origin": "null"}, id="Origin null"),
    pytest.param({"Origin": "https://evil.example"}, id="other Origin"),
    pytest.param({"Origin": "http://[::1"}, id="malformed Origin"),
]


def count_questions(app: Flask) -> int:
    """Return the number of questions in the database."""
    with app.app_context():
        return len(db.session.scalars(db.select(Question.id)).all())


def writing_routes(app: Flask, question_id: int) -> list[tuple[str, str]]:
    """Return the method and the path of each page that changes data."""
    urls = app.url_map.bind("localhost")
    return [
        (method, urls.build(rule.endpoint, dict.fromkeys(rule.arguments, question_id), method))
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith("/api/")
        for method in UNSAFE_METHODS & (rule.methods or set())
    ]


def test_every_unsafe_request_for_a_post_needs_a_token(
    app: Flask, writer: FlaskClient, question_id: int
) -> None:
    routes = writing_routes(app, question_id)
    pages = [(method, path) for method, path in routes if path.startswith("/main/")]
    assert pages

    for method, path in pages:
        response = writer.open(path, method=method, data={"title": "Whose?", "body": "Mine."})
        assert response.status_code == 400, path

    assert count_questions(app) == 1


@pytest.mark.parametrize("headers", FOREIGN_HEADERS)
def test_every_unsafe_request_needs_the_origin_of_this_site(
    app: Flask, writer: FlaskClient, question_id: int, headers: dict[str, str]
) -> None:
    token = Page(writer.get(f"/main/question/{question_id}").text).fields["csrf_token"]
    fields = {"csrf_token": token, "title": "Whose?", "body": "Mine.", "value": "1"}

    for method, path in writing_routes(app, question_id):
        response = writer.open(path, method=method, data=fields, headers=headers)

        assert response.status_code == 400, path
        assert "This request came from another site." in response.text

    assert count_questions(app) == 1


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 10_240, id="ten kilobytes"),
        pytest.param("IjAi.aaaa.bbbb", id="forged"),
        pytest.param("ä\x00", id="not a token"),
    ],
)
def test_invalid_token_is_rejected(
    app: Flask, writer: FlaskClient, valid_fields: Fields, token: str
) -> None:
    response = writer.post("/main/question", data={**valid_fields, "csrf_token": token})

    assert (response.status_code, count_questions(app)) == (400, 0)


def test_token_of_another_session_is_rejected(
    app: Flask, make_writer: MakeWriter, valid_fields: Fields
) -> None:
    other_client = make_writer(app)
    other_client.get("/main/question")

    response = other_client.post("/main/question", data=valid_fields)

    assert (response.status_code, count_questions(app)) == (400, 0)


def test_token_in_the_query_string_is_rejected(
    app: Flask, writer: FlaskClient, valid_fields: Fields
) -> None:
    token = valid_fields.pop("csrf_token")

    response = writer.post("/main/question", query_string={"csrf_token": token}, data=valid_fields)

    assert (response.status_code, count_questions(app)) == (400, 0)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/xml"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"title": 5, "body": "x"}', id="object"),
        pytest.param("[1,2]", id="array"),
        pytest.param('"abc"', id="string"),
        pytest.param("[" * 100_000, id="nested arrays"),
        pytest.param('{"title": "\\ud800"}', id="lone surrogate"),
        pytest.param("1e999", id="infinity"),
    ],
)
def test_body_that_is_not_a_form_is_rejected(
    app: Flask, writer: FlaskClient, hidden_fields: Fields, content_type: str, body: str
) -> None:
    headers = {"X-CSRFToken": hidden_fields["csrf_token"]}

    response = writer.post("/main/question", data=body, content_type=content_type, headers=headers)

    assert (response.status_code, response.mimetype) == (415, "text/html")
    assert "Send the fields of the form as text" in response.text
    assert count_questions(app) == 0


@pytest.mark.parametrize("name", ["title", "body", "idempotency_key", "csrf_token", "unknown"])
def test_file_in_a_form_is_rejected(
    app: Flask, writer: FlaskClient, valid_fields: Fields, name: str
) -> None:
    file = (BytesIO(b"a file"), "name.txt")

    response = writer.post("/main/question", data={**valid_fields, name: file})

    assert (response.status_code, count_questions(app)) == (415, 0)


def test_multipart_field_without_a_name_is_rejected(
    writer: FlaskClient, hidden_fields: Fields
) -> None:
    response = writer.post(
        "/main/question",
        data="--x\r\nContent-Disposition: form-data\r\n\r\ntext\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": hidden_fields["csrf_token"]},
    )

    assert response.status_code == 415


def test_multipart_form_without_files_is_accepted(
    writer: FlaskClient, valid_fields: Fields
) -> None:
    response = writer.post("/main/question", data=valid_fields, content_type="multipart/form-data")

    assert response.status_code == 303


def test_every_page_rejects_json(app: Flask, client: FlaskClient, question_id: int) -> None:
    for method, path in writing_routes(app, question_id):
        response = client.open(path, method=method, json={"title": "Whose?"})

        assert response.status_code == 415, path


def test_form_opened_a_week_ago_can_be_submitted(
    writer: FlaskClient, valid_fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_week = int((datetime.now(UTC) + timedelta(days=7)).timestamp())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: next_week)

    assert writer.post("/main/question", data=valid_fields).status_code == 303


def test_open_form_survives_a_rotation_of_the_secret_key(
    settings: dict[str, str],
    writer: FlaskClient,
    valid_fields: Fields,
    make_app: Callable[..., Flask],
) -> None:
    names = [
        "session",
        "access",  # [template] if auth
    ]
    cookies = [writer.get_cookie(name) for name in names]
    new_key = "a new key that never signed the old session"
    old_key = settings["SECRET_KEY"]
    statuses = []

    for fallbacks in (f"a key that is even older than the first,{old_key}", ""):
        browser = make_app(SECRET_KEY=new_key, SECRET_KEY_FALLBACKS=fallbacks).test_client()
        for cookie in filter(None, cookies):
            browser.set_cookie(cookie.key, cookie.value)
        statuses.append(browser.post("/main/question", data=valid_fields).status_code)

    assert statuses == [303, 400]


def test_session_survives_a_rotation_of_the_secret_key(
    settings: dict[str, str],
    writer: FlaskClient,
    make_app: Callable[..., Flask],
    make_writer: MakeWriter,
) -> None:
    writer.get("/main/question")
    cookie = writer.get_cookie("session")
    assert cookie
    new_key = "a new key that never signed the old session"
    app = make_app(SECRET_KEY=new_key, SECRET_KEY_FALLBACKS=settings["SECRET_KEY"])
    browser = make_writer(app)
    browser.set_cookie("session", cookie.value)

    fields = Page(browser.get("/main/question").text).fields
    response = browser.post("/main/question", data={**fields, "title": "Still me?", "body": "Yes"})

    assert response.status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Sec-Fetch-Site": "same-origin"}, id="Sec-Fetch-Site"),
        pytest.param({"Sec-Fetch-Site": "none"}, id="reload by the user"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, id="hidden Origin"),
        pytest.param({"Origin": BASE_URL}, id="Origin"),
        pytest.param({}, id="neither"),
        pytest.param({"Origin": BASE_URL, "Referer": "https://[::1"}, id="malformed Referer"),
        pytest.param({"Referer": "https://example.com:1.evil.example/"}, id="Referer with a port"),
        pytest.param({"Referer": "https://evil.example/"}, id="other Referer"),
    ],
)
def test_form_over_https_needs_no_referrer(
    production_app: Flask, make_writer: MakeWriter, headers: dict[str, str]
) -> None:
    browser = make_writer(production_app)
    fields = Page(browser.get("/main/question", base_url=BASE_URL).text).fields

    response = browser.post(
        "/main/question",
        base_url=BASE_URL,
        data={**fields, "title": "Who am I?", "body": "Me."},
        headers=headers,
    )

    assert response.status_code == 303


@pytest.mark.parametrize(
    "origin", ["http://example.com", "https://example.com:8443", "https://www.example.com"]
)
def test_similar_origin_is_another_origin(
    production_app: Flask, make_writer: MakeWriter, origin: str
) -> None:
    browser = make_writer(production_app)
    fields = Page(browser.get("/main/question", base_url=BASE_URL).text).fields

    response = browser.post(
        "/main/question", base_url=BASE_URL, data=fields, headers={"Origin": origin}
    )

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        pytest.param("http://localhost", "The CSRF token is invalid.", id="invalid token"),
        pytest.param("null", "The request was sent by another origin.", id="other origin"),
    ],
)
def test_log_contains_the_reason_of_a_rejection(
    writer: FlaskClient, origin: str, reason: str, log: Log
) -> None:
    writer.get("/main/question")

    writer.post("/main/question", data={"csrf_token": "wrong"}, headers={"Origin": origin})

    [event] = [event for event in log() if event["event"] == "csrf_check_failed"]
    assert (event["level"], event["path"]) == ("warning", "/main/question")
    assert event["reason"] == reason


def test_referrer_policy_lets_browsers_send_the_origin(production_app: Flask) -> None:
    response = production_app.test_client().get("/main/question", base_url=BASE_URL)

    assert response.headers["Referrer-Policy"] in {"same-origin", "strict-origin-when-cross-origin"}


def test_api_needs_no_token_because_it_reads_no_cookies(writer: FlaskClient) -> None:
    response = writer.post("/api/v1/questions", json={"title": "Who am I?", "body": "Nobody."})

    assert response.status_code == 201
    assert "Set-Cookie" not in response.headers
