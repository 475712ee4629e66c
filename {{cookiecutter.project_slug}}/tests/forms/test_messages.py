"""The message that a page shows after an action."""

import pytest
from flask.testing import FlaskClient

from tests.page import Page

Fields = dict[str, str]


def count_messages(html: str) -> int:
    """Return how many messages a page shows."""
    return len([element for element in Page(html).all("p") if element.get("class") == "message"])


@pytest.mark.parametrize(
    ("language", "message"),
    [
        pytest.param("en", "Your question has been posted.", id="English"),
        pytest.param("ko", "질문을 등록했어요.", id="Korean"),
    ],
)
def test_message_is_shown_once(
    writer: FlaskClient, valid_fields: Fields, language: str, message: str
) -> None:
    headers = {"Accept-Language": language}
    url = writer.post("/main/question", data=valid_fields, headers=headers).headers["Location"]

    first, second = (writer.get(url, headers=headers).text for _ in range(2))

    assert (message in first, count_messages(first)) == (True, 1)
    assert (message in second, count_messages(second)) == (False, 0)


def test_form_submitted_twice_leaves_one_message(writer: FlaskClient, valid_fields: Fields) -> None:
    for _ in range(2):
        url = writer.post("/main/question", data=valid_fields).headers["Location"]

    assert count_messages(writer.get(url).text) == 1


def test_answer_leaves_a_message(writer: FlaskClient, question_id: int) -> None:
    url = f"/main/question/{question_id}"
    fields = {**Page(writer.get(url).text).fields, "body": "Like so."}

    writer.post(f"{url}/answer", data=fields)

    assert "Your answer has been posted." in writer.get(url).text


def test_invalid_form_leaves_no_message(writer: FlaskClient, valid_fields: Fields) -> None:
    response = writer.post("/main/question", data={**valid_fields, "title": ""})

    assert count_messages(response.text) == 0


def test_page_with_a_message_is_not_cached(
    writer: FlaskClient, client: FlaskClient, valid_fields: Fields
) -> None:
    writer.post("/main/question", data=valid_fields)

    shown, other = writer.get("/api/v1/docs"), client.get("/api/v1/docs")

    assert (count_messages(shown.text), count_messages(other.text)) == (1, 0)
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Cookie" in shown.vary
