"""The rate limits of the forms."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.board.rules import ANSWER_RATE_LIMIT, ASK_RATE_LIMIT
from service.extensions import db
from tests.conftest import MakeWriter
from tests.page import Page

pytestmark = pytest.mark.slow

QUESTION = {"title": "How do I begin?", "body": "I have no idea."}


@pytest.fixture
def browser(limited_app: Flask, make_writer: MakeWriter) -> FlaskClient:
    """Return a test client with permission to write, of an application with rate limits."""
    return make_writer(limited_app)


def test_rate_limited_form_keeps_its_input(browser: FlaskClient) -> None:
    fields = Page(browser.get("/main/question").text).fields
    for number in range(ASK_RATE_LIMIT.per_minute):
        browser.post("/main/question", data={**fields, **QUESTION, "idempotency_key": str(number)})

    response = browser.post("/main/question", data={**fields, **QUESTION})

    assert response.status_code == 429
    assert Page(response.text).fields.items() >= QUESTION.items()
    assert 0 < int(response.headers["Retry-After"]) <= 60


def test_pages_and_api_share_one_rate_limit(limited_app: Flask, browser: FlaskClient) -> None:
    fields = Page(browser.get("/main/question").text).fields
    for _ in range(ASK_RATE_LIMIT.per_minute):
        browser.post("/api/v1/questions", json=QUESTION)

    assert browser.post("/main/question", data={**fields, **QUESTION}).status_code == 429
    with limited_app.app_context():
        assert db.session.query(Question).count() == ASK_RATE_LIMIT.per_minute


def test_answers_are_rate_limited(browser: FlaskClient, question_id: int) -> None:
    url = f"/main/question/{question_id}"
    fields = Page(browser.get(url).text).fields
    statuses = [
        browser.post(
            f"{url}/answer", data={**fields, "body": "So.", "idempotency_key": str(number)}
        ).status_code
        for number in range(ANSWER_RATE_LIMIT.per_minute + 1)
    ]

    assert statuses == [303] * ANSWER_RATE_LIMIT.per_minute + [429]


def test_showing_the_form_is_not_rate_limited(browser: FlaskClient) -> None:
    statuses = {browser.get("/main/question").status_code for _ in range(100)}

    assert statuses == {200}
