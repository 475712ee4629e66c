"""The pages are as well protected as MDN's HTTP Observatory can tell."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.observatory import score

pytestmark = pytest.mark.slow

LEAST = 130
STATUSES_THAT_IT_SCORES = {200, 302, 401, 403}


@pytest.fixture
def visitor(production: Flask) -> FlaskClient:
    """Visit the service in production."""
    return production.test_client()


def visit(visitor: FlaskClient, path: str) -> TestResponse:
    """Open an address as the Observatory does, from a site that should not see it."""
    origin = {"Origin": "https://http-observatory.security.mozilla.org"}
    return visitor.get(path, base_url="https://example.com", headers=origin, buffered=True)


def test_every_page_scores_high(visitor: FlaskClient, question_id: int) -> None:
    """R5.03, R5.04."""
    urls = visitor.application.url_map
    paths = {
        urls.bind("").build(rule.endpoint, dict.fromkeys(rule.arguments, question_id))
        for rule in urls.iter_rules()
        if "GET" in (rule.methods or set()) and "filename" not in rule.arguments
    }
    answers = {path: visit(visitor, path) for path in paths}

    scores = {
        path: score(answer)
        for path, answer in answers.items()
        if answer.status_code in STATUSES_THAT_IT_SCORES and answer.mimetype == "text/html"
    }

    assert scores.keys() >= {"/", f"/main/question/{question_id}", "/api/v1/docs"}
    assert {path: points for path, points in scores.items() if points < LEAST} == {}


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
def test_whatever_is_weaker_scores_less(visitor: FlaskClient, name: str, value: str) -> None:
    answer = visit(visitor, "/")
    points = score(answer)

    answer.headers[name] = value

    assert score(answer) < points
