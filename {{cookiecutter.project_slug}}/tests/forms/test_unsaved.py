"""Error pages show the submitted text again, so that it is not lost."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.extensions import db
from tests.page import Page

Fields = dict[str, str]


def test_input_is_shown_again_after_an_invalid_token(
    writer: FlaskClient, valid_fields: Fields
) -> None:
    response = writer.post("/main/question", data={**valid_fields, "csrf_token": "wrong"})

    fields = Page(response.text).fields
    assert response.status_code == 400
    assert (fields["title"], fields["body"]) == (valid_fields["title"], valid_fields["body"])


@pytest.mark.parametrize(
    ("language", "explanation"),
    [
        pytest.param("en", "This form has expired.", id="English"),
        pytest.param("ko", "만료", id="Korean"),
    ],
)
def test_invalid_token_is_explained(
    writer: FlaskClient, valid_fields: Fields, language: str, explanation: str
) -> None:
    invalid_fields = {**valid_fields, "csrf_token": "wrong"}

    response = writer.post(
        "/main/question", data=invalid_fields, headers={"Accept-Language": language}
    )

    assert explanation in response.text


def test_unsaved_form_can_be_submitted_again(
    app: Flask, writer: FlaskClient, valid_fields: Fields
) -> None:
    first_response = writer.post("/main/question", data={**valid_fields, "csrf_token": "wrong"})
    page = Page(first_response.text)
    [form] = [form for form in page.all("form") if form.get("class") == "unsaved"]

    second_response = writer.post(str(form["action"]), data=page.fields)

    assert second_response.status_code == 303
    with app.app_context():
        question = db.session.scalars(db.select(Question)).one()
        assert (question.title, question.body) == (valid_fields["title"], valid_fields["body"])


def test_unsaved_form_keeps_the_path_prefix_and_the_query(
    writer: FlaskClient, question_id: int
) -> None:
    response = writer.post(
        f"/main/question/{question_id}/answer?after=x%26y",
        data={"body": "An answer."},
        environ_overrides={"SCRIPT_NAME": "/board"},
    )

    [form] = [form for form in Page(response.text).all("form") if form.get("class") == "unsaved"]
    assert form["action"] == f"/board/main/question/{question_id}/answer?after=x%26y"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="same-site"),
        pytest.param({"Origin": "https://evil.example"}, id="other origin"),
        pytest.param({"Origin": "null"}, id="hidden origin"),
    ],
)
def test_text_from_another_site_is_not_shown(
    writer: FlaskClient, valid_fields: Fields, question_id: int, headers: dict[str, str]
) -> None:
    for path in ("/main/question", f"/main/question/{question_id}/answer"):
        response = writer.post(path, data={**valid_fields, "csrf_token": "wrong"}, headers=headers)

        page = Page(response.text)
        assert response.status_code == 400
        assert valid_fields["title"] not in page.text
        assert "title" not in page.fields
        assert "unsaved" not in {form.get("class") for form in page.all("form")}


def test_input_is_shown_again_during_a_database_outage(
    writer: FlaskClient, valid_fields: Fields, outage: None
) -> None:
    response = writer.post("/main/question", data=valid_fields)

    fields = Page(response.text).fields
    assert outage is None
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert (fields["title"], fields["body"]) == (valid_fields["title"], valid_fields["body"])
    assert fields["idempotency_key"] == valid_fields["idempotency_key"]


def test_leading_empty_lines_are_preserved(writer: FlaskClient, valid_fields: Fields) -> None:
    invalid_fields = {**valid_fields, "csrf_token": "wrong", "body": "\n\nafter two lines"}

    response = writer.post("/main/question", data=invalid_fields)

    assert Page(response.text).fields["body"] == "\n\nafter two lines"


def test_password_is_not_shown_again(writer: FlaskClient) -> None:
    response = writer.post("/main/question", data={"new_password": "hunter2", "title": "kept"})

    assert "kept" in response.text
    assert "hunter2" not in response.text


def test_too_large_request_gets_a_page_that_says_how_long_a_text_can_be(
    writer: FlaskClient, valid_fields: Fields
) -> None:
    response = writer.post("/main/question", data={**valid_fields, "body": "x" * 600_000})

    assert (response.status_code, response.mimetype) == (413, "text/html")
    assert "it can have up to 20,000 characters" in Page(response.text).text


def test_text_of_twice_the_maximum_length_is_kept(
    writer: FlaskClient, valid_fields: Fields
) -> None:
    long_fields = {**valid_fields, "title": "😀" * 400, "body": "😀" * 40_000}

    response = writer.post("/main/question", data=long_fields)

    fields = Page(response.text).fields
    assert response.status_code == 422
    assert (fields["title"], fields["body"]) == (long_fields["title"], long_fields["body"])


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("&".join(["a=b"] * 20_000), "application/x-www-form-urlencoded", id="fields"),
        pytest.param("&".join(f"a{n}=b" for n in range(20_000)), None, id="field names"),
        pytest.param("%ff=%ff&%00=%00&=&&==", None, id="not UTF-8"),
        pytest.param("x" * 100_000, None, id="one name"),
        pytest.param("title=%ED%A0%80", None, id="lone surrogate"),
    ],
)
def test_malformed_body_is_rejected(
    writer: FlaskClient, body: str, content_type: str | None
) -> None:
    mimetype = content_type or "application/x-www-form-urlencoded"

    response = writer.post("/main/question", data=body, content_type=mimetype)

    assert response.status_code == 400
    assert len(response.data) < 300_000


def test_form_with_too_many_parts_is_rejected(writer: FlaskClient) -> None:
    response = writer.post(
        "/main/question",
        data={f"part{number}": "x" for number in range(1001)},
        content_type="multipart/form-data",
    )

    assert response.status_code == 413
