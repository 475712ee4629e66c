"""What an error kept from arriving is shown again."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.extensions import db
from tests.page import Page

Fields = dict[str, str]


def test_what_was_typed_is_kept_where_the_token_is_wrong(
    writer: FlaskClient, filled: Fields
) -> None:
    """R5.01."""
    response = writer.post("/main/question", data={**filled, "csrf_token": "wrong"})

    fields = Page(response.text).fields
    assert response.status_code == 400
    assert (fields["title"], fields["body"]) == (filled["title"], filled["body"])


@pytest.mark.parametrize(
    ("language", "reason"), [("en", "This page was too old"), ("ko", "페이지를 연 지 오래되어")]
)
def test_a_wrong_token_is_told_as_a_page_that_was_too_old(
    writer: FlaskClient, filled: Fields, language: str, reason: str
) -> None:
    wrong = {**filled, "csrf_token": "wrong"}

    response = writer.post("/main/question", data=wrong, headers={"Accept-Language": language})

    assert reason in response.text


def test_what_was_kept_can_be_sent_again(app: Flask, writer: FlaskClient, filled: Fields) -> None:
    """R5.01."""
    response = writer.post("/main/question", data={**filled, "csrf_token": "wrong"})
    page = Page(response.text)
    [form] = [form for form in page.all("form") if form.get("class") == "unsent"]

    again = writer.post(str(form["action"]), data=page.fields)

    assert again.status_code == 303
    with app.app_context():
        question = db.session.scalars(db.select(Question)).one()
        assert (question.title, question.body) == (filled["title"], filled["body"])


def test_what_was_typed_is_kept_in_an_outage(
    writer: FlaskClient, filled: Fields, outage: None
) -> None:
    """R7.03."""
    response = writer.post("/main/question", data=filled)

    fields = Page(response.text).fields
    assert outage is None
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert (fields["title"], fields["body"]) == (filled["title"], filled["body"])
    assert fields["submission"] == filled["submission"]


def test_a_text_that_begins_with_an_empty_line_is_kept_whole(
    writer: FlaskClient, filled: Fields
) -> None:
    wrong = {**filled, "csrf_token": "wrong", "body": "\n\nafter two lines"}

    response = writer.post("/main/question", data=wrong)

    assert Page(response.text).fields["body"] == "\n\nafter two lines"


def test_a_password_is_never_shown_again(writer: FlaskClient) -> None:
    response = writer.post("/main/question", data={"new_password": "hunter2", "title": "kept"})

    assert "kept" in response.text
    assert "hunter2" not in response.text


def test_more_than_a_request_may_hold_is_refused(writer: FlaskClient, filled: Fields) -> None:
    """H13."""
    response = writer.post("/main/question", data={**filled, "body": "x" * 300_000})

    assert (response.status_code, response.mimetype) == (413, "text/html")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("&".join(["a=b"] * 20_000), "application/x-www-form-urlencoded", id="fields"),
        pytest.param("&".join(f"a{n}=b" for n in range(20_000)), None, id="names of fields"),
        pytest.param("%ff=%ff&%00=%00&=&&==", None, id="no UTF-8"),
        pytest.param("x" * 100_000, None, id="one name"),
        pytest.param("title=%ED%A0%80", None, id="half a character"),
    ],
)
def test_a_body_that_no_browser_sends_is_refused(
    writer: FlaskClient, body: str, content_type: str | None
) -> None:
    """H15."""
    kind = content_type or "application/x-www-form-urlencoded"

    response = writer.post("/main/question", data=body, content_type=kind)

    assert response.status_code == 400
    assert len(response.data) < 300_000


def test_a_form_in_too_many_parts_is_refused(writer: FlaskClient) -> None:
    """H15."""
    response = writer.post(
        "/main/question",
        data={f"part{number}": "x" for number in range(1001)},
        content_type="multipart/form-data",
    )

    assert response.status_code == 413
