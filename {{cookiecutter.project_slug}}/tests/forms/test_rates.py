"""How often somebody may send a form."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.board.rules import ANSWERING, ASKING
from service.extensions import db
from tests.conftest import MakeWriter
from tests.page import Page

pytestmark = pytest.mark.slow

QUESTION = {"title": "How do I begin?", "body": "I have no idea."}


@pytest.fixture
def browser(limited: Flask, make_writer: MakeWriter) -> FlaskClient:
    """Make a browser of somebody who may ask, as often as the limits allow."""
    return make_writer(limited)


def test_what_was_typed_too_often_is_kept(browser: FlaskClient) -> None:
    """R5.01, R6.08."""
    fields = Page(browser.get("/main/question").text).fields
    for number in range(ASKING.per_minute):
        browser.post("/main/question", data={**fields, **QUESTION, "submission": str(number)})

    response = browser.post("/main/question", data={**fields, **QUESTION})

    kept = Page(response.text).fields
    assert (response.status_code, kept["title"], kept["body"]) == (429, *QUESTION.values())
    assert 0 < int(response.headers["Retry-After"]) <= 60


def test_questions_from_a_page_and_from_a_program_count_together(
    limited: Flask, browser: FlaskClient
) -> None:
    """I15."""
    fields = Page(browser.get("/main/question").text).fields
    for _ in range(ASKING.per_minute):
        browser.post("/api/v1/questions", json=QUESTION)

    assert browser.post("/main/question", data={**fields, **QUESTION}).status_code == 429
    with limited.app_context():
        assert db.session.query(Question).count() == ASKING.per_minute


def test_answers_have_a_limit(browser: FlaskClient, question_id: int) -> None:
    """R6.08."""
    address = f"/main/question/{question_id}"
    fields = Page(browser.get(address).text).fields
    sent = [
        browser.post(f"{address}/answer", data={**fields, "body": "So.", "submission": str(number)})
        for number in range(ANSWERING.per_minute + 1)
    ]

    assert [response.status_code for response in sent] == [303] * ANSWERING.per_minute + [429]


def test_the_form_can_be_looked_at_as_often_as_one_likes(browser: FlaskClient) -> None:
    statuses = {browser.get("/main/question").status_code for _ in range(100)}

    assert statuses == {200}
