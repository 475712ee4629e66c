"""Asking and answering in the browser."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board import posts
from service.board.models import Answer, Question
from service.extensions import db
from tests.conftest import Log, MakeAnswer, MakeWriter
from tests.page import Page

Fields = dict[str, str]


def count_rows(app: Flask, model: type[Question] | type[Answer]) -> int:
    """Return the number of rows in the table of the model."""
    with app.app_context():
        return len(db.session.scalars(db.select(model.id)).all())


def test_question_form_is_empty(writer: FlaskClient) -> None:
    response = writer.get("/main/question")

    fields = Page(response.text).fields
    assert response.status_code == 200
    assert (fields["title"], fields["body"]) == ("", "")


def test_submitted_question_is_shown_on_its_page(writer: FlaskClient, valid_fields: Fields) -> None:
    response = writer.post("/main/question", data=valid_fields)

    page = writer.get(response.headers["Location"])
    assert response.status_code == 303
    assert valid_fields["title"] in page.text
    assert valid_fields["body"] in Page(page.text).text


@pytest.mark.parametrize("fields", [{}, {"idempotency_key": ""}], ids=["missing", "empty"])
def test_form_without_an_idempotency_key_is_accepted(
    app: Flask, writer: FlaskClient, valid_fields: Fields, fields: Fields
) -> None:
    del valid_fields["idempotency_key"]
    valid_fields.update(fields)

    statuses = [writer.post("/main/question", data=valid_fields).status_code for _ in range(2)]

    assert (statuses, count_rows(app, Question)) == ([303, 303], 2)


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
def test_error_is_shown_at_its_field(
    app: Flask, writer: FlaskClient, valid_fields: Fields, field: str, text: str
) -> None:
    before = Page(writer.get("/main/question").text)

    response = writer.post("/main/question", data={**valid_fields, field: text})

    page = Page(response.text)
    [invalid] = [field for field in page.text_fields() if field.get("aria-invalid") == "true"]
    assert (response.status_code, invalid["name"], count_rows(app, Question)) == (422, field, 0)
    assert "is-invalid" in str(invalid["class"])
    assert str(invalid["aria-describedby"]).split() == [f"{field}-error", f"{field}-help"]
    assert {f"{field}-error", f"{field}-help"} < {element.get("id") for element in page.all("p")}
    assert not [
        attributes for _tag, attributes in before.elements if "is-invalid" in str(attributes)
    ]


def test_log_names_the_invalid_fields(writer: FlaskClient, hidden_fields: Fields, log: Log) -> None:
    writer.post("/main/question", data={**hidden_fields, "title": "a secret", "body": ""})

    [event] = [line for line in log() if line["event"] == "input_validation_fail"]
    assert event["fields"] == ["body"]
    assert "a secret" not in str(event)


def test_invalid_form_keeps_its_input(writer: FlaskClient, valid_fields: Fields) -> None:
    response = writer.post("/main/question", data={**valid_fields, "title": '"><b>'[:2]})

    fields = Page(response.text).fields
    assert (fields["title"], fields["body"]) == ('">', valid_fields["body"])
    assert fields["idempotency_key"] == valid_fields["idempotency_key"]


@pytest.mark.parametrize(
    "text",
    [
        '" autofocus onfocus=alert(1) x="',
        "</textarea><script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "<!--",
    ],
)
def test_input_is_escaped_when_the_form_is_shown_again(
    writer: FlaskClient, hidden_fields: Fields, text: str
) -> None:
    # The title is too long, so the form is shown again.
    harmless = {**hidden_fields, "title": "x" * 201, "body": "plain"}
    expected_shape = Page(writer.post("/main/question", data=harmless).text).shape()

    hostile = {**hidden_fields, "title": text + "x" * 201, "body": text}
    page = Page(writer.post("/main/question", data=hostile).text)

    assert page.shape() == expected_shape
    assert page.fields["body"] == text


def test_longest_text_in_four_byte_characters_is_stored(
    app: Flask, writer: FlaskClient, hidden_fields: Fields
) -> None:
    longest_fields = {**hidden_fields, "title": "😀" * 200, "body": "😀" * 20_000}

    response = writer.post("/main/question", data=longest_fields)

    assert response.status_code == 303
    with app.app_context():
        question = db.session.scalars(db.select(Question)).one()
        assert (question.title, question.body) == (longest_fields["title"], longest_fields["body"])


@pytest.mark.parametrize("key", ["x" * 256, "a\x00b", "two\nlines"], ids=["long", "NUL", "lines"])
def test_invalid_idempotency_key_is_replaced(
    app: Flask, writer: FlaskClient, valid_fields: Fields, key: str
) -> None:
    refused = writer.post("/main/question", data={**valid_fields, "idempotency_key": key})
    page = Page(refused.text)
    accepted = writer.post("/main/question", data=page.fields)

    assert (refused.status_code, accepted.status_code) == (422, 303)
    assert "This form is invalid. Submit it again." in page.text
    assert "alert" in {element.get("role") for element in page.all("p")}
    assert count_rows(app, Question) == 1


def test_first_invalid_field_has_the_focus(writer: FlaskClient, hidden_fields: Fields) -> None:
    pages = [
        Page(writer.post("/main/question", data={**hidden_fields, **fields}).text)
        for fields in ({"title": "", "body": ""}, {"title": "Why is it so?", "body": ""})
    ]

    focused = [[f["name"] for f in page.text_fields() if "autofocus" in f] for page in pages]
    assert focused == [["title"], ["body"]]


def test_field_of_a_new_form_does_not_take_the_focus(writer: FlaskClient, question_id: int) -> None:
    for path in ("/main/question", f"/main/question/{question_id}"):
        fields = Page(writer.get(path).text).text_fields()

        assert [field for field in fields if "autofocus" in field] == []


def test_field_names_its_maximum_length(writer: FlaskClient, question_id: int) -> None:
    fields = [
        field
        for path in ("/main/question", f"/main/question/{question_id}")
        for field in Page(writer.get(path).text).text_fields()
    ]

    maximums = [(field["name"], field["data-maximum"]) for field in fields if "required" in field]
    assert maximums == [("title", "200"), ("body", "20000"), ("body", "20000")]


def test_form_submitted_twice_creates_one_question(
    app: Flask, writer: FlaskClient, valid_fields: Fields
) -> None:
    first = writer.post("/main/question", data=valid_fields)
    second = writer.post("/main/question", data=valid_fields)

    assert first.headers["Location"] == second.headers["Location"]
    assert count_rows(app, Question) == 1


def test_form_resubmitted_with_a_different_text_is_shown_again(
    writer: FlaskClient, valid_fields: Fields
) -> None:
    writer.post("/main/question", data=valid_fields)

    response = writer.post("/main/question", data={**valid_fields, "body": "something else"})

    fields = Page(response.text).fields
    assert response.status_code == 422
    assert (fields["title"], fields["body"]) == (valid_fields["title"], "something else")


def test_form_that_was_shown_again_creates_a_second_question(
    app: Flask, writer: FlaskClient, valid_fields: Fields
) -> None:
    writer.post("/main/question", data=valid_fields)
    page = writer.post("/main/question", data={**valid_fields, "body": "something else"}).text

    response = writer.post("/main/question", data=Page(page).fields)

    assert (response.status_code, count_rows(app, Question)) == (303, 2)


@pytest.mark.slow
def test_form_submitted_concurrently_creates_one_question(
    app: Flask, make_writer: MakeWriter, valid_fields: Fields
) -> None:
    def send(_number: int) -> int:
        browser = make_writer(app)
        csrf_token = Page(browser.get("/main/question").text).fields["csrf_token"]
        fields = {**valid_fields, "csrf_token": csrf_token}
        return browser.post("/main/question", data=fields).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(send, range(8)))

    assert (set(statuses), count_rows(app, Question)) == ({303}, 1)


def test_submitted_answer_is_shown_below_its_question(
    writer: FlaskClient, question_id: int
) -> None:
    url = f"/main/question/{question_id}"
    fields = Page(writer.get(url).text).fields

    response = writer.post(f"{url}/answer", data={**fields, "body": "Like so."})

    page = writer.get(url).text
    [number] = re.findall(r'id="answer-(\d+)"', page)
    assert response.status_code == 303
    assert response.headers["Location"] == f"{url}?answer={number}#answer-{number}"
    assert "Like so." in page


@pytest.fixture
def add_answers(app: Flask, question_id: int, make_answer: MakeAnswer) -> Callable[[int], None]:
    """Return a function that adds several answers to the question."""

    def add(count: int) -> None:
        with app.app_context():
            db.session.add_all(make_answer(question_id) for _ in range(count))
            db.session.get_one(Question, question_id).answer_count += count
            db.session.commit()

    return add


@pytest.mark.parametrize("sort", posts.ANSWER_SORTS)
@pytest.mark.parametrize("earlier_count", [19, 20, 45])
def test_new_answer_is_shown_wherever_it_is_in_the_list(
    writer: FlaskClient,
    question_id: int,
    add_answers: Callable[[int], None],
    earlier_count: int,
    sort: str,
) -> None:
    add_answers(earlier_count)
    page = Page(writer.get(f"/main/question/{question_id}?sort={sort}").text)
    [url] = [str(form["action"]) for form in page.all("form") if "/answer?" in str(form["action"])]

    responses = [writer.post(url, data={**page.fields, "body": "Like so."}) for _ in range(2)]

    first, second = (Page(writer.get(response.headers["Location"]).text) for response in responses)
    assert "Like so." in first.text
    assert first.all("article") == second.all("article")


def test_form_submitted_twice_creates_one_answer(
    app: Flask, writer: FlaskClient, question_id: int
) -> None:
    url = f"/main/question/{question_id}"
    fields = {**Page(writer.get(url).text).fields, "body": "Like so."}

    for _ in range(2):
        writer.post(f"{url}/answer", data=fields)

    assert count_rows(app, Answer) == 1


def test_answer_form_resubmitted_with_a_different_text_is_shown_again(
    app: Flask, writer: FlaskClient, question_id: int
) -> None:
    url = f"/main/question/{question_id}"
    fields = {**Page(writer.get(url).text).fields, "body": "Like so."}
    writer.post(f"{url}/answer", data=fields)

    response = writer.post(f"{url}/answer", data={**fields, "body": "Or so."})

    assert (response.status_code, count_rows(app, Answer)) == (422, 1)
    assert Page(response.text).fields["body"] == "Or so."


def test_invalid_answer_is_shown_with_its_question(
    app: Flask, writer: FlaskClient, question_id: int
) -> None:
    url = f"/main/question/{question_id}"
    fields = Page(writer.get(url).text).fields

    response = writer.post(f"{url}/answer", data={**fields, "body": "x" * 20_001})

    assert (response.status_code, count_rows(app, Answer)) == (422, 0)
    assert "How do I begin?" in response.text
    assert Page(response.text).fields["body"] == "x" * 20_001


def test_answer_to_a_deleted_question_is_shown_again(
    writer: FlaskClient, hidden_fields: Fields
) -> None:
    response = writer.post(
        "/main/question/7777/answer", data={**hidden_fields, "body": "Long work."}
    )

    page = Page(response.text)
    assert response.status_code == 404
    assert page.fields["body"] == "Long work."
    assert "the post has been deleted" in page.text
    assert "Submit again" not in page.text


def test_get_and_head_create_nothing(app: Flask, writer: FlaskClient, valid_fields: Fields) -> None:
    writer.get("/main/question", query_string=valid_fields)
    writer.head("/main/question", query_string=valid_fields)

    assert count_rows(app, Question) == 0


def test_get_request_to_a_post_route_is_rejected(client: FlaskClient) -> None:
    assert client.get("/main/question/1/answer").status_code == 405


def test_each_client_has_its_own_csrf_token_and_idempotency_key(
    app: Flask, make_writer: MakeWriter
) -> None:
    first, second = (
        Page(make_writer(app).get("/main/question").text).fields for _browser in range(2)
    )

    assert first["csrf_token"] != second["csrf_token"]
    assert first["idempotency_key"] != second["idempotency_key"]
