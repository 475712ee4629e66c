"""The board's JSON API."""

import pytest
from flask.testing import FlaskClient

GOOD = {"title": "How do I begin?", "body": "I have installed everything."}


def ask(writer: FlaskClient, **changes: object) -> dict[str, object]:
    """Ask a question, and return it as the API shows it."""
    response = writer.post("/api/v1/questions", json={**GOOD, **changes})
    assert response.status_code == 201, response.text
    document: dict[str, object] = response.get_json()
    return document


def test_a_new_question_is_shown_as_it_was_asked(writer: FlaskClient) -> None:
    question = ask(writer, title="  안녕 😀  ", body="one\r\ntwo\n")

    assert question["title"] == "안녕 😀"
    assert question["body"] == "one\ntwo"
    assert question["answer_count"] == 0
    assert question.keys() == {
        "id",
        "title",
        "body",
        "author",  # [template] if auth
        "score",  # [template] if auth
        "accepted_answer_id",  # [template] if auth
        "answer_count",
        "created_at",
        "updated_at",
    }


def test_location_leads_to_the_new_question(writer: FlaskClient) -> None:
    created = writer.post("/api/v1/questions", json=GOOD)

    read = writer.get(created.headers["Location"])

    assert read.get_json() == created.get_json()


@pytest.mark.parametrize(
    "field",
    [
        pytest.param({"title": "ab"}, id="title too short"),
        pytest.param({"title": "x" * 201}, id="title too long"),
        pytest.param({"title": " \t "}, id="title only space"),
        pytest.param({"title": "two\nlines"}, id="title of two lines"),
        pytest.param({"title": ["a", "list"]}, id="title a list"),
        pytest.param({"title": 12345}, id="title a number"),
        pytest.param({"title": True}, id="title a boolean"),
        pytest.param({"title": None}, id="title null"),
        pytest.param({"title": "with a \x00 inside"}, id="NUL"),
        pytest.param({"body": ""}, id="body empty"),
        pytest.param({"body": "x" * 20_001}, id="body too long"),
        pytest.param({"body": "half a character: \ud800"}, id="lone surrogate"),
        pytest.param({"answer_count": 7}, id="unknown field"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_named(
    writer: FlaskClient, field: dict[str, object]
) -> None:
    response = writer.post("/api/v1/questions", json={**GOOD, **field})

    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"
    assert {error["pointer"] for error in response.get_json()["errors"]} == {
        f"/{key}" for key in field
    }


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b"{", "application/json", 400, id="not JSON"),
        pytest.param(b"", "application/json", 400, id="nothing"),
        pytest.param(b"\xff\xfe", "application/json", 400, id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", "application/json", 400, id="byte order mark"),
        pytest.param(b"[" * 100_000, "application/json", 400, id="very deep"),
        pytest.param(b"[]", "application/json", 422, id="a list"),
        pytest.param(b"null", "application/json", 422, id="null"),
        pytest.param(b'{"\\ud800": 1}', "application/json", 422, id="half a character as a name"),
        pytest.param(b"title=How", "application/x-www-form-urlencoded", 415, id="a form"),
        pytest.param(b"{}", "text/plain", 415, id="plain text"),
        pytest.param(b"{}", "application/json; charset=utf-16", 415, id="another charset"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    writer: FlaskClient, body: bytes, content_type: str, status: int
) -> None:
    """R6.02, H11."""
    response = writer.post("/api/v1/questions", data=body, content_type=content_type)

    assert response.status_code == status


def test_the_longest_body_in_the_widest_characters_is_kept_whole(writer: FlaskClient) -> None:
    question = ask(writer, body="😀" * 20_000)

    read = writer.get(f"/api/v1/questions/{question['id']}")

    assert read.get_json()["body"] == "😀" * 20_000


def test_the_same_idempotency_key_asks_once(writer: FlaskClient) -> None:
    header = {"Idempotency-Key": "0123456789abcdef"}

    first = writer.post("/api/v1/questions", json=GOOD, headers=header)
    second = writer.post("/api/v1/questions", json=GOOD, headers=header)

    assert first.get_json()["id"] == second.get_json()["id"]


def test_a_used_idempotency_key_is_refused_with_another_question(writer: FlaskClient) -> None:
    header = {"Idempotency-Key": "used-once"}
    writer.post("/api/v1/questions", json=GOOD, headers=header)

    response = writer.post("/api/v1/questions", json={**GOOD, "body": "No?"}, headers=header)

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["parameter"] == "Idempotency-Key"
    assert len(writer.get("/api/v1/questions").get_json()["items"]) == 1


@pytest.mark.parametrize(
    "address",
    ["0", "-1", "1.0", "0x1", "٣", "99999999999999999999", "2147483648", "7777777"],
)
def test_an_id_that_nothing_has_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(f"/api/v1/questions/{address}").status_code == 404


def test_pages_follow_each_other_without_a_gap(writer: FlaskClient) -> None:
    asked = [ask(writer, title=f"Question {number}")["id"] for number in range(5)]

    seen = []
    after: str | None = None
    while True:
        query = {"limit": "2", **({"after": after} if after else {})}
        page = writer.get("/api/v1/questions", query_string=query).get_json()
        seen += [question["id"] for question in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert seen == asked[::-1]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=ten", "limit=1.5", "after=x", "after=1.2.3", "after=-1.1",
        "after=999999999999.1", "after=٣.٣", "sort=id;drop", "sort=", "q=%00", "q=" + "x" * 101,
    ],
)  # fmt: skip
def test_a_query_that_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    response = client.get(f"/api/v1/questions?{query}")

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("words", ["100%", "a_b", "back\\slash", "it's", "' OR 1=1--", "안녕"])
def test_search_takes_every_character_as_it_is(writer: FlaskClient, words: str) -> None:
    """R6.06, H03."""
    ask(writer, title=f"About {words} and more")
    ask(writer, title="About 100 axb backslash its")

    found = writer.get("/api/v1/questions", query_string={"q": words}).get_json()["items"]

    assert [question["title"] for question in found] == [f"About {words} and more"]


def test_search_ignores_case(writer: FlaskClient) -> None:
    ask(writer, title="Where is FLASK?")

    assert writer.get("/api/v1/questions?q=flask").get_json()["items"]


def test_an_answer_counts_for_its_question(writer: FlaskClient) -> None:
    question = ask(writer)

    created = writer.post(f"/api/v1/questions/{question['id']}/answers", json={"body": "Like so."})

    assert created.status_code == 201
    assert writer.get(created.headers["Location"]).get_json() == created.get_json()
    assert writer.get(f"/api/v1/questions/{question['id']}").get_json()["answer_count"] == 1


def test_the_same_idempotency_key_answers_once(writer: FlaskClient) -> None:
    address = f"/api/v1/questions/{ask(writer)['id']}/answers"
    header = {"Idempotency-Key": "answer-once"}

    writer.post(address, json={"body": "Like so."}, headers=header)
    writer.post(address, json={"body": "Like so."}, headers=header)

    assert len(writer.get(address).get_json()["items"]) == 1


def test_a_used_idempotency_key_is_refused_with_another_answer(writer: FlaskClient) -> None:
    question = ask(writer)["id"]
    address = f"/api/v1/questions/{question}/answers"
    header = {"Idempotency-Key": "answer-once"}
    writer.post(address, json={"body": "Like so."}, headers=header)

    response = writer.post(address, json={"body": "Or so."}, headers=header)

    assert response.status_code == 422
    assert writer.get(f"/api/v1/questions/{question}").get_json()["answer_count"] == 1


def test_an_unanswered_question_leaves_that_list_when_it_is_answered(writer: FlaskClient) -> None:
    question = ask(writer)
    waiting = ask(writer, title="Is anybody there?")
    writer.post(f"/api/v1/questions/{question['id']}/answers", json={"body": "Like so."})

    listed = writer.get("/api/v1/questions?sort=unanswered").get_json()["items"]

    assert [item["id"] for item in listed] == [waiting["id"]]


def test_a_question_that_is_not_there_takes_no_answer(writer: FlaskClient) -> None:
    response = writer.post("/api/v1/questions/7777/answers", json={"body": "To whom?"})

    assert response.status_code == 404


def test_an_answer_is_found_only_below_its_own_question(writer: FlaskClient) -> None:
    first, second = ask(writer), ask(writer)
    created = writer.post(f"/api/v1/questions/{first['id']}/answers", json={"body": "Like so."})

    response = writer.get(f"/api/v1/questions/{second['id']}/answers/{created.get_json()['id']}")

    assert response.status_code == 404
