"""Asking and answering in the browser."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Answer, Question
from service.extensions import db
from tests.conftest import MakeWriter
from tests.page import Page

Fields = dict[str, str]


def count(app: Flask, model: type[Question] | type[Answer]) -> int:
    """Return how many rows there are."""
    with app.app_context():
        return len(db.session.scalars(db.select(model.id)).all())


def test_the_form_of_a_question_is_empty_at_first(writer: FlaskClient) -> None:
    response = writer.get("/main/question")

    fields = Page(response.text).fields
    assert response.status_code == 200
    assert (fields["title"], fields["body"]) == ("", "")


def test_a_question_sent_is_shown_on_its_page(writer: FlaskClient, filled: Fields) -> None:
    response = writer.post("/main/question", data=filled)

    page = writer.get(response.headers["Location"])
    assert response.status_code == 303
    assert filled["title"] in page.text
    assert filled["body"] in Page(page.text).text


def test_a_form_without_the_name_of_its_sending_is_taken(
    app: Flask, writer: FlaskClient, filled: Fields
) -> None:
    del filled["submission"]

    statuses = [writer.post("/main/question", data=filled).status_code for _ in range(2)]

    assert (statuses, count(app, Question)) == ([303, 303], 2)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("title", "", id="no title"),
        pytest.param("title", "ab", id="title too short"),
        pytest.param("title", "  ab  ", id="title too short without its space"),
        pytest.param("title", "x" * 201, id="title too long"),
        pytest.param("title", "two\nlines", id="title of two lines"),
        pytest.param("title", "a\x1b[31mb", id="title with an escape"),
        pytest.param("body", " \r\n ", id="no body"),
        pytest.param("body", "x" * 20_001, id="body too long"),
        pytest.param("body", "a\x00b", id="body with NUL"),
    ],
)
def test_what_breaks_a_rule_is_said_beside_its_field(
    app: Flask, writer: FlaskClient, filled: Fields, field: str, text: str
) -> None:
    before = Page(writer.get("/main/question").text)

    response = writer.post("/main/question", data={**filled, field: text})

    page = Page(response.text)
    marked = [
        attributes["name"]
        for tag in ("input", "textarea")
        for attributes in page.all(tag)
        if "is-invalid" in (attributes.get("class") or "")
    ]
    assert (response.status_code, marked, count(app, Question)) == (422, [field], 0)
    assert len([a for a in page.all("div") + page.all("p") if "invalid-feedback" in str(a)]) == 1
    assert not [a for _tag, a in before.elements if "is-invalid" in str(a)]


def test_what_was_typed_is_kept_where_a_rule_is_broken(writer: FlaskClient, filled: Fields) -> None:
    response = writer.post("/main/question", data={**filled, "title": '"><b>'[:2]})

    fields = Page(response.text).fields
    assert (fields["title"], fields["body"]) == ('">', filled["body"])
    assert fields["submission"] == filled["submission"]


@pytest.mark.parametrize(
    "text",
    [
        '" autofocus onfocus=alert(1) x="',
        "</textarea><script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "<!--",
    ],
)
def test_what_was_typed_is_harmless_when_shown_again(
    writer: FlaskClient, blank: Fields, text: str
) -> None:
    """E02, E03, E08."""
    # Too long a title, so that both fields are shown again.
    plain = {**blank, "title": "x" * 201, "body": "plain"}
    expected = Page(writer.post("/main/question", data=plain).text).shape()

    hostile = {**blank, "title": text + "x" * 201, "body": text}
    page = Page(writer.post("/main/question", data=hostile).text)

    assert page.shape() == expected
    assert page.fields["body"] == text


def test_the_longest_body_in_the_widest_characters_fits(
    app: Flask, writer: FlaskClient, blank: Fields
) -> None:
    """R6.04, H17."""
    longest = {**blank, "title": "😀" * 200, "body": "😀" * 20_000}

    response = writer.post("/main/question", data=longest)

    assert response.status_code == 303
    with app.app_context():
        question = db.session.scalars(db.select(Question)).one()
        assert (question.title, question.body) == (longest["title"], longest["body"])


def test_a_form_sent_twice_asks_once(app: Flask, writer: FlaskClient, filled: Fields) -> None:
    """I14."""
    first = writer.post("/main/question", data=filled)
    second = writer.post("/main/question", data=filled)

    assert first.headers["Location"] == second.headers["Location"]
    assert count(app, Question) == 1


def test_a_form_sent_again_with_another_text_is_shown_with_that_text(
    writer: FlaskClient, filled: Fields
) -> None:
    writer.post("/main/question", data=filled)

    response = writer.post("/main/question", data={**filled, "body": "something else"})

    fields = Page(response.text).fields
    assert response.status_code == 422
    assert (fields["title"], fields["body"]) == (filled["title"], "something else")


def test_a_form_sent_once_more_with_another_text_makes_a_new_question(
    app: Flask, writer: FlaskClient, filled: Fields
) -> None:
    writer.post("/main/question", data=filled)
    page = writer.post("/main/question", data={**filled, "body": "something else"}).text

    response = writer.post("/main/question", data=Page(page).fields)

    assert (response.status_code, count(app, Question)) == (303, 2)


@pytest.mark.slow
def test_a_form_sent_many_times_at_once_asks_once(
    app: Flask, writer: FlaskClient, make_writer: MakeWriter, filled: Fields
) -> None:
    """I14, R6.07."""
    cookie = writer.get_cookie("session")
    assert cookie

    def send(_number: int) -> int:
        browser = make_writer(app)
        browser.set_cookie("session", cookie.value)
        return browser.post("/main/question", data=filled).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(send, range(8)))

    assert (set(statuses), count(app, Question)) == ({303}, 1)


def test_an_answer_sent_is_shown_below_its_question(writer: FlaskClient, question_id: int) -> None:
    address = f"/main/question/{question_id}"
    fields = Page(writer.get(address).text).fields

    response = writer.post(f"{address}/answer", data={**fields, "body": "Like so."})

    assert (response.status_code, response.headers["Location"]) == (303, address)
    assert "Like so." in writer.get(address).text


def test_an_answer_sent_twice_is_one(app: Flask, writer: FlaskClient, question_id: int) -> None:
    address = f"/main/question/{question_id}"
    fields = {**Page(writer.get(address).text).fields, "body": "Like so."}

    for _ in range(2):
        writer.post(f"{address}/answer", data=fields)

    assert count(app, Answer) == 1


def test_an_answer_sent_again_with_another_text_is_shown_with_that_text(
    app: Flask, writer: FlaskClient, question_id: int
) -> None:
    address = f"/main/question/{question_id}"
    fields = {**Page(writer.get(address).text).fields, "body": "Like so."}
    writer.post(f"{address}/answer", data=fields)

    response = writer.post(f"{address}/answer", data={**fields, "body": "Or so."})

    assert (response.status_code, count(app, Answer)) == (422, 1)
    assert Page(response.text).fields["body"] == "Or so."


def test_an_answer_that_breaks_a_rule_is_shown_with_its_question(
    app: Flask, writer: FlaskClient, question_id: int
) -> None:
    address = f"/main/question/{question_id}"
    fields = Page(writer.get(address).text).fields

    response = writer.post(f"{address}/answer", data={**fields, "body": "x" * 20_001})

    assert (response.status_code, count(app, Answer)) == (422, 0)
    assert "How do I begin?" in response.text
    assert Page(response.text).fields["body"] == "x" * 20_001


def test_an_answer_to_a_question_that_is_gone_is_kept_for_its_writer(
    writer: FlaskClient, blank: Fields
) -> None:
    response = writer.post("/main/question/7777/answer", data={**blank, "body": "Long work."})

    assert response.status_code == 404
    assert Page(response.text).fields["body"] == "Long work."


def test_nothing_is_asked_by_reading(app: Flask, writer: FlaskClient, filled: Fields) -> None:
    """D08."""
    writer.get("/main/question", query_string=filled)
    writer.head("/main/question", query_string=filled)

    assert count(app, Question) == 0


@pytest.mark.parametrize("path", ["/main/question/1/answer"])
def test_an_address_that_only_takes_is_not_read(client: FlaskClient, path: str) -> None:
    """D08."""
    assert client.get(path).status_code == 405


def test_each_reader_gets_a_token_and_a_submission_of_their_own(
    app: Flask, make_writer: MakeWriter
) -> None:
    pages = [make_writer(app).get("/main/question").text for _ in range(2)]

    values = [
        set(re.findall(r'name="(?:csrf_token|submission)"\s+value="([^"]+)"', page))
        for page in pages
    ]

    assert [len(found) for found in values] == [2, 2]
    assert values[0].isdisjoint(values[1])
