"""The pages have a high score in MDN's HTTP Observatory."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.observatory import score

pytestmark = pytest.mark.slow

MINIMUM_SCORE = 130
SCORED_STATUSES = {200, 302, 401, 403}


@pytest.fixture
def visitor(production_app: Flask) -> FlaskClient:
    """Return a test client of the application in production."""
    return production_app.test_client()


def visit(visitor: FlaskClient, path: str) -> TestResponse:
    """Send a GET request as the Observatory does: over HTTPS, from another origin."""
    origin = {"Origin": "https://http-observatory.security.mozilla.org"}
    return visitor.get(path, base_url="https://example.com", headers=origin, buffered=True)


def test_every_page_has_a_high_score(visitor: FlaskClient, question_id: int) -> None:
    urls = visitor.application.url_map
    paths = {
        urls.bind("").build(rule.endpoint, dict.fromkeys(rule.arguments, question_id))
        for rule in urls.iter_rules()
        if "GET" in (rule.methods or set()) and "filename" not in rule.arguments
    }
    responses = {path: visit(visitor, path) for path in paths}

    scores = {
        path: score(response)
        for path, response in responses.items()
        if response.status_code in SCORED_STATUSES and response.mimetype == "text/html"
    }

    assert scores.keys() >= {"/", f"/main/question/{question_id}", "/api/v1/docs"}
    assert {path: points for path, points in scores.items() if points < MINIMUM_SCORE} == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Security-Policy", ""),
        ("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'"),
        ("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'"),
        ("Cross-Origin-Opener-Policy", "unsafe-none"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Referrer-Policy", "unsafe-url"),
        ("Set-Cookie", "session=1; Secure; SameSite=Lax"),
        ("Set-Cookie", "session=1; HttpOnly; SameSite=Lax"),
        ("Strict-Transport-Security", "max-age=60"),
        ("X-Content-Type-Options", "sniff"),
    ],
)
def test_weaker_header_lowers_the_score(visitor: FlaskClient, name: str, value: str) -> None:
    response = visit(visitor, "/")
    points = score(response)

    response.headers[name] = value

    assert score(response) < points
