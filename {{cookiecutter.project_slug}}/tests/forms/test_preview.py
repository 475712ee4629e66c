"""The preview of a question or an answer, with the button and for the script."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.markdown import render_cached
from service.board.models import Answer, Question
from service.extensions import db
from service.forms.rules import PREVIEW_RATE_LIMIT
from tests.conftest import MakeWriter
from tests.page import Page

BODY = "    x = 1\n\n**bold** <script>alert(1)</script>"
CODE = '<pre tabindex="0"><code>x = 1\n</code></pre>'

Fields = dict[str, str]


def count_posts(app: Flask) -> int:
    """Return the number of questions and answers."""
    with app.app_context():
        return db.session.query(Question).count() + db.session.query(Answer).count()


def visible_previews(page: Page) -> int:
    """Return the number of previews that are shown."""
    previews = [section for section in page.all("section") if section.get("class") == "preview"]
    assert len(previews) == 1
    return len([section for section in previews if "hidden" not in section])


def test_preview_shows_the_text_and_creates_nothing(
    app: Flask, writer: FlaskClient, hidden_fields: Fields
) -> None:
    fields = {**hidden_fields, "title": "x", "body": BODY, "preview": "1"}

    response = writer.post("/main/question", data=fields)

    page = Page(response.text)
    assert (response.status_code, count_posts(app), visible_previews(page)) == (200, 0, 1)
    assert response.text.index(CODE) < response.text.index("<textarea")
    assert (page.fields["title"], page.fields["body"]) == ("x", BODY)
    assert page.fields["idempotency_key"] == hidden_fields["idempotency_key"]
    assert not [field for field in page.text_fields() if field.get("aria-invalid")]


def test_preview_does_not_displace_texts_in_the_cache(
    writer: FlaskClient, hidden_fields: Fields
) -> None:
    before = render_cached.cache_info()

    writer.post("/main/question", data={**hidden_fields, "body": BODY, "preview": "1"})
    writer.post("/main/preview", data={**hidden_fields, "body": BODY})

    assert render_cached.cache_info() == before


def test_form_can_be_submitted_after_a_preview(
    app: Flask, writer: FlaskClient, valid_fields: Fields
) -> None:
    page = Page(writer.post("/main/question", data={**valid_fields, "preview": "1"}).text)

    response = writer.post("/main/question", data=page.fields)

    assert (response.status_code, count_posts(app)) == (303, 1)


def test_answer_has_a_preview(app: Flask, writer: FlaskClient, question_id: int) -> None:
    url = f"/main/question/{question_id}"
    fields = {**Page(writer.get(url).text).fields, "body": BODY, "preview": "1"}

    response = writer.post(f"{url}/answer", data=fields)

    page = Page(response.text)
    assert (response.status_code, count_posts(app), visible_previews(page)) == (200, 1, 1)
    assert CODE in response.text
    assert page.fields["body"] == BODY
    assert page.fields["idempotency_key"] == fields["idempotency_key"]


def test_empty_body_has_no_preview_and_no_error(writer: FlaskClient, hidden_fields: Fields) -> None:
    response = writer.post("/main/question", data={**hidden_fields, "body": "", "preview": "1"})

    page = Page(response.text)
    assert (response.status_code, visible_previews(page)) == (200, 0)
    assert not [field for field in page.text_fields() if field.get("aria-invalid")]


@pytest.mark.parametrize("body", ["x" * 20_001, "a\x00b"], ids=["too long", "NUL"])
def test_invalid_body_has_an_error_instead_of_a_preview(
    writer: FlaskClient, hidden_fields: Fields, body: str
) -> None:
    response = writer.post("/main/question", data={**hidden_fields, "body": body, "preview": "1"})

    page = Page(response.text)
    [invalid] = [field for field in page.text_fields() if field.get("aria-invalid")]
    assert (response.status_code, visible_previews(page), invalid["name"]) == (200, 0, "body")
    assert page.fields["body"] == body


def test_body_keeps_its_first_empty_lines(writer: FlaskClient, hidden_fields: Fields) -> None:
    fields = {**hidden_fields, "body": "\r\n\r\n    x", "preview": "1"}

    assert Page(writer.post("/main/question", data=fields).text).fields["body"] == "\n\n    x"


def test_form_that_failed_shows_the_preview_when_it_is_submitted_again(
    app: Flask, writer: FlaskClient, valid_fields: Fields
) -> None:
    fields = {**valid_fields, "csrf_token": "expired", "preview": "1"}
    page = Page(writer.post("/main/question", data=fields).text)

    response = writer.post("/main/question", data=page.fields)

    assert len(page.text_fields()) == len(["q", "title", "body"])
    assert (response.status_code, count_posts(app)) == (200, 0)
    assert visible_previews(Page(response.text)) == 1


@pytest.mark.parametrize(
    ("body", "html"),
    [
        pytest.param("*a* <b>", "<p><em>a</em> &lt;b&gt;</p>\n", id="Markdown"),
        pytest.param(" \r\n", "", id="empty"),
        pytest.param("x" * 20_001, "", id="too long"),
        pytest.param("a\x00b", "", id="NUL"),
    ],
)
def test_script_gets_the_html_of_a_body(
    writer: FlaskClient, hidden_fields: Fields, body: str, html: str
) -> None:
    fields = {"csrf_token": hidden_fields["csrf_token"], "body": body}

    response = writer.post("/main/preview", data=fields)

    assert (response.status_code, response.mimetype, response.text) == (200, "text/html", html)
    assert response.headers["Cache-Control"] == "no-store"


def test_preview_requires_a_csrf_token(writer: FlaskClient) -> None:
    assert writer.post("/main/preview", data={"body": "a"}).status_code == 400


@pytest.mark.slow
def test_preview_has_a_rate_limit_of_its_own(limited_app: Flask, make_writer: MakeWriter) -> None:
    browser = make_writer(limited_app)
    fields = Page(browser.get("/main/question").text).fields
    data = {"csrf_token": fields["csrf_token"], "body": "a"}

    statuses = [
        browser.post("/main/preview", data=data).status_code
        for _ in range(PREVIEW_RATE_LIMIT.per_minute + 1)
    ]
    asked = browser.post("/main/question", data={**fields, "title": "Why?", "body": "a"})

    assert statuses == [200] * PREVIEW_RATE_LIMIT.per_minute + [429]
    assert asked.status_code == 303
