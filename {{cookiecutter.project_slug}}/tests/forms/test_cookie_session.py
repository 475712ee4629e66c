"""The cookie session: its attributes, and the caching of pages that use it."""

from flask import Flask, session
from flask.testing import FlaskClient
from werkzeug.http import parse_cookie

from tests.conftest import MakeWriter

BASE_URL = "https://example.com"


def test_cookie_has_all_protective_attributes_in_production(
    production_app: Flask, make_writer: MakeWriter
) -> None:
    response = make_writer(production_app).get("/main/question", base_url=BASE_URL)

    [header] = response.headers.getlist("Set-Cookie")
    value, *attributes = [part.strip() for part in header.split(";")]
    assert parse_cookie(value).keys() == {"__Host-session"}
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert len(header) < 4096


def test_page_with_a_form_is_not_cached(writer: FlaskClient, question_id: int) -> None:
    for path in ("/main/question", f"/main/question/{question_id}"):
        response = writer.get(path)

        assert response.headers["Cache-Control"] == "no-store"
        assert "Cookie" in response.vary


def test_page_that_does_not_use_the_session_may_be_cached(client: FlaskClient) -> None:
    response = client.get("/api/v1/docs")

    assert response.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in response.headers


def test_response_that_read_the_session_is_not_cached(app: Flask) -> None:
    with app.test_request_context("/"):
        app.preprocess_request()
        session.get("anything")
        response = app.process_response(app.response_class())

    assert response.headers["Cache-Control"] == "no-store"
