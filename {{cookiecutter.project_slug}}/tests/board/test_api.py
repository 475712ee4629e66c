"""The board's JSON API."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.board import posts
from service.board.search import MAX_MATCHES

QUESTION = {"title": "How do I begin?", "body": "I have installed everything."}
# Malformed, out of range, or with the wrong number of values for every order.
HOSTILE_CURSORS = [
    "", "x", "1", "1.1.1.1.1", "٣.٣", "1.-1", "-9999999999.1", "9999999999999999.1", "1.2147483648",
    "1' OR '1'='1", "1.1\x00", "9" * 5000, "0.0.0.99999999999999999",
]  # fmt: skip


def ask(writer: FlaskClient, **changes: object) -> dict[str, object]:
    """Create a question by the API, and return its JSON."""
    response = writer.post("/api/v1/questions", json={**QUESTION, **changes})
    assert response.status_code == 201, response.text
    document: dict[str, object] = response.get_json()
    return document


def test_new_question_is_returned(writer: FlaskClient) -> None:
    question = ask(writer, title="  안녕 😀  ", body="    one\r\ntwo\n")

    assert question["title"] == "안녕 😀"
    assert question["body"] == "    one\ntwo\n"
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
        "updated_at",  # [template] if auth
    }


def test_location_is_the_url_of_the_new_question(writer: FlaskClient) -> None:
    post_response = writer.post("/api/v1/questions", json=QUESTION)

    get_response = writer.get(post_response.headers["Location"])

    assert get_response.get_json() == post_response.get_json()


@pytest.mark.parametrize(
    "field",
    [
        pytest.param({"title": "ab"}, id="title too short"),
        pytest.param({"title": "x" * 201}, id="title too long"),
        pytest.param({"title": " \t "}, id="title blank"),
        pytest.param({"title": "two\nlines"}, id="title with two lines"),
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
def test_invalid_field_is_located_in_the_error(
    writer: FlaskClient, field: dict[str, object]
) -> None:
    response = writer.post("/api/v1/questions", json={**QUESTION, **field})

    assert response.status_code == 422
    assert response.mimetype == "application/problem+json"
    assert {error["pointer"] for error in response.get_json()["errors"]} == {
        f"/{key}" for key in field
    }


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        pytest.param(b"{", "application/json", 400, id="not JSON"),
        pytest.param(b"", "application/json", 400, id="empty"),
        pytest.param(b"\xff\xfe", "application/json", 400, id="not UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", "application/json", 400, id="byte order mark"),
        pytest.param(b"[" * 100_000, "application/json", 400, id="deeply nested"),
        pytest.param(b"[]", "application/json", 422, id="list"),
        pytest.param(b"null", "application/json", 422, id="null"),
        pytest.param(b'{"\\ud800": 1}', "application/json", 422, id="lone surrogate as a name"),
        pytest.param(b"title=How", "application/x-www-form-urlencoded", 415, id="form"),
        pytest.param(b"{}", "text/plain", 415, id="plain text"),
        pytest.param(b"{}", "application/json; charset=utf-16", 415, id="another charset"),
    ],
)
def test_unacceptable_body_is_rejected(
    writer: FlaskClient, body: bytes, content_type: str, status: int
) -> None:
    response = writer.post("/api/v1/questions", data=body, content_type=content_type)

    assert response.status_code == status


def test_longest_body_in_four_byte_characters_is_stored(writer: FlaskClient) -> None:
    question = ask(writer, body="😀" * 20_000)

    response = writer.get(f"/api/v1/questions/{question['id']}")

    assert response.get_json()["body"] == "😀" * 20_000


def test_repeated_idempotency_key_creates_one_question(writer: FlaskClient) -> None:
    header = {"Idempotency-Key": "0123456789abcdef"}

    first = writer.post("/api/v1/questions", json=QUESTION, headers=header)
    second = writer.post("/api/v1/questions", json=QUESTION, headers=header)

    assert first.get_json()["id"] == second.get_json()["id"]


@pytest.mark.parametrize(
    ("key", "status"),
    [
        pytest.param("", 422, id="empty"),
        pytest.param("x", 201, id="1 character"),
        pytest.param("x" * 255, 201, id="255 characters"),
        pytest.param("x" * 256, 422, id="256 characters"),
    ],
)
def test_idempotency_key_has_1_to_255_characters(
    writer: FlaskClient, key: str, status: int
) -> None:
    statuses = [
        writer.post(
            "/api/v1/questions", json=QUESTION, headers={"Idempotency-Key": key}
        ).status_code
        for _ in range(2)
    ]

    assert statuses == [status, status]


def test_idempotency_key_is_rejected_for_a_different_question(writer: FlaskClient) -> None:
    header = {"Idempotency-Key": "used-once"}
    writer.post("/api/v1/questions", json=QUESTION, headers=header)

    response = writer.post("/api/v1/questions", json={**QUESTION, "body": "No?"}, headers=header)

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["parameter"] == "Idempotency-Key"
    assert len(writer.get("/api/v1/questions").get_json()["items"]) == 1


@pytest.mark.parametrize(
    "question_id",
    ["0", "-1", "1.0", "0x1", "٣", "99999999999999999999", "2147483648", "7777777"],
)
def test_unknown_id_is_not_found(client: FlaskClient, question_id: str) -> None:
    assert client.get(f"/api/v1/questions/{question_id}").status_code == 404


def test_pages_of_the_list_contain_all_questions(writer: FlaskClient) -> None:
    question_ids = [ask(writer, title=f"Question {number}")["id"] for number in range(5)]

    listed_ids = []
    after: str | None = None
    while True:
        query = {"limit": "2", **({"after": after} if after else {})}
        page = writer.get("/api/v1/questions", query_string=query).get_json()
        listed_ids += [question["id"] for question in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert listed_ids == question_ids[::-1]


def test_previous_page_is_the_one_before(writer: FlaskClient) -> None:
    for number in range(5):
        ask(writer, title=f"Question {number}")
    first = writer.get("/api/v1/questions?limit=2").get_json()
    second = writer.get(f"/api/v1/questions?limit=2&after={first['next']}").get_json()

    previous = writer.get(f"/api/v1/questions?limit=2&before={second['previous']}").get_json()

    assert previous == first
    assert first["previous"] is None


def test_answers_have_a_previous_page(writer: FlaskClient) -> None:
    url = f"/api/v1/questions/{ask(writer)['id']}/answers"
    for number in range(3):
        writer.post(url, json={"body": f"Answer {number}"})
    first = writer.get(f"{url}?limit=2").get_json()
    second = writer.get(f"{url}?limit=2&after={first['next']}").get_json()

    assert writer.get(f"{url}?limit=2&before={second['previous']}").get_json() == first


def test_page_is_either_after_or_before_a_row(client: FlaskClient) -> None:
    response = client.get("/api/v1/questions?after=1.1&before=1.1")

    assert response.status_code == 422
    assert response.get_json()["errors"] == [
        {"parameter": "before", "detail": "Use either “after” or “before”."}
    ]


def test_questions_with_most_answers_are_listed_first(writer: FlaskClient) -> None:
    ids = {count: ask(writer, title=f"{count} answers")["id"] for count in (1, 2, 0)}
    for count, question_id in ids.items():
        for _ in range(count):
            writer.post(f"/api/v1/questions/{question_id}/answers", json={"body": "So."})

    items = writer.get("/api/v1/questions?sort=answers").get_json()["items"]

    assert [item["answer_count"] for item in items] == [2, 1, 0]


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("sort", posts.QUESTION_SORTS)
@pytest.mark.parametrize("cursor", HOSTILE_CURSORS)
def test_hostile_cursor_of_questions_is_rejected(
    client: FlaskClient, name: str, sort: str, cursor: str
) -> None:
    response = client.get("/api/v1/questions", query_string={"sort": sort, name: cursor})

    assert response.status_code == 422
    assert response.get_json()["errors"] == [{"parameter": name, "detail": "Invalid cursor."}]


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("sort", posts.ANSWER_SORTS)
@pytest.mark.parametrize("cursor", HOSTILE_CURSORS)
def test_hostile_cursor_of_answers_is_rejected(
    client: FlaskClient, question_id: int, name: str, sort: str, cursor: str
) -> None:
    query = {"sort": sort, name: cursor}

    response = client.get(f"/api/v1/questions/{question_id}/answers", query_string=query)

    assert response.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=ten", "limit=1.5", "after=x", "after=1.2.3", "after=-1.1",
        "after=999999999999.1", "after=٣.٣", "sort=id;drop", "sort=", "q=%00", "q=" + "x" * 101,
    ],
)  # fmt: skip
def test_invalid_query_parameter_is_rejected(client: FlaskClient, query: str) -> None:
    response = client.get(f"/api/v1/questions?{query}")

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_incomplete_search_says_so(
    client: FlaskClient, ask_many: Callable[[int], list[int]]
) -> None:
    ask_many(MAX_MATCHES - 1)
    complete = client.get("/api/v1/questions?q=begin&limit=1").get_json()
    ask_many(2)

    incomplete = client.get("/api/v1/questions?q=begin&limit=1").get_json()
    assert (complete["is_complete"], incomplete["is_complete"]) == (True, False)


@pytest.mark.parametrize("text", ["100%", "a_b", "back\\slash", "it's", "' OR 1=1--", "안녕"])
def test_search_treats_special_characters_as_text(writer: FlaskClient, text: str) -> None:
    ask(writer, title=f"About {text} and more")
    ask(writer, title="About something else")

    results = writer.get("/api/v1/questions", query_string={"q": text}).get_json()["items"]

    assert [question["title"] for question in results] == [f"About {text} and more"]


def test_search_ignores_case(writer: FlaskClient) -> None:
    ask(writer, title="Where is FLASK?")

    assert writer.get("/api/v1/questions?q=flask").get_json()["items"]


def test_new_answer_is_returned_and_counted(writer: FlaskClient) -> None:
    question = ask(writer)

    response = writer.post(f"/api/v1/questions/{question['id']}/answers", json={"body": "Like so."})

    assert response.status_code == 201
    assert writer.get(response.headers["Location"]).get_json() == response.get_json()
    assert writer.get(f"/api/v1/questions/{question['id']}").get_json()["answer_count"] == 1


def test_repeated_idempotency_key_creates_one_answer(writer: FlaskClient) -> None:
    url = f"/api/v1/questions/{ask(writer)['id']}/answers"
    header = {"Idempotency-Key": "answer-once"}

    writer.post(url, json={"body": "Like so."}, headers=header)
    writer.post(url, json={"body": "Like so."}, headers=header)

    assert len(writer.get(url).get_json()["items"]) == 1


def test_idempotency_key_is_rejected_for_a_different_answer(writer: FlaskClient) -> None:
    question = ask(writer)["id"]
    url = f"/api/v1/questions/{question}/answers"
    header = {"Idempotency-Key": "answer-once"}
    writer.post(url, json={"body": "Like so."}, headers=header)

    response = writer.post(url, json={"body": "Or so."}, headers=header)

    assert response.status_code == 422
    assert writer.get(f"/api/v1/questions/{question}").get_json()["answer_count"] == 1


def test_answered_question_is_not_in_the_list_of_unanswered_ones(writer: FlaskClient) -> None:
    question = ask(writer)
    unanswered = ask(writer, title="How do I end?")
    writer.post(f"/api/v1/questions/{question['id']}/answers", json={"body": "Like so."})

    items = writer.get("/api/v1/questions?sort=unanswered").get_json()["items"]

    assert [item["id"] for item in items] == [unanswered["id"]]


def test_missing_question_cannot_be_answered(writer: FlaskClient) -> None:
    response = writer.post("/api/v1/questions/7777/answers", json={"body": "Like so."})

    assert response.status_code == 404


def test_answer_to_another_question_is_not_found(writer: FlaskClient) -> None:
    first, second = ask(writer), ask(writer)
    answer = writer.post(f"/api/v1/questions/{first['id']}/answers", json={"body": "Like so."})

    response = writer.get(f"/api/v1/questions/{second['id']}/answers/{answer.get_json()['id']}")

    assert response.status_code == 404


# [template] if auth
@pytest.mark.parametrize("sort", posts.QUESTION_SORTS)
def test_list_contains_the_author(writer: FlaskClient, sort: str) -> None:
    question = ask(writer)

    [item] = writer.get(f"/api/v1/questions?sort={sort}").get_json()["items"]

    assert item == question
    assert item["author"].keys() == {"id", "name"}
    # [template] endif


def test_unchanged_question_is_not_sent_again(client: FlaskClient, question_id: int) -> None:
    url = f"/api/v1/questions/{question_id}"
    etag = client.get(url).headers["ETag"]

    response = client.get(url, headers={"If-None-Match": etag})

    assert (response.status_code, response.data) == (304, b"")


def test_answer_changes_the_etag_of_its_question(writer: FlaskClient, question_id: int) -> None:
    url = f"/api/v1/questions/{question_id}"
    etag = writer.get(url).headers["ETag"]
    writer.post(f"{url}/answers", json={"body": "So."})

    assert writer.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_new_question_has_the_etag_of_its_url(writer: FlaskClient) -> None:
    response = writer.post("/api/v1/questions", json=QUESTION)

    assert response.headers["ETag"] == writer.get(response.headers["Location"]).headers["ETag"]


def test_links_lead_through_the_list(writer: FlaskClient) -> None:
    for _ in range(2):
        ask(writer, title="What is 결제?")

    first = writer.get("/api/v1/questions?q=결제&limit=1")
    links = parse_links(first.headers["Link"])
    last = writer.get(links["next"])

    assert writer.get(links["first"]).get_json() == first.get_json()
    assert last.get_json()["items"][0]["id"] < first.get_json()["items"][0]["id"]
    last_links = parse_links(last.headers["Link"])
    assert "next" not in last_links
    assert "prev" not in links
    assert writer.get(last_links["prev"]).get_json()["items"] == first.get_json()["items"]
    assert last_links["first"] == links["first"]


def test_links_contain_validated_parameters_only(client: FlaskClient) -> None:
    response = client.get("/api/v1/questions?unknown=x&page=1&limit=007&q=+a+&sort=newest")

    links = parse_links(response.headers["Link"])
    assert links == {"first": "/api/v1/questions?limit=7&q=a&sort=newest"}


def parse_links(header: str) -> dict[str, str]:
    """Return the URLs in a `Link` header by relation."""
    return {relation: url for url, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', header)}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("number", ["0", "2147483648", "99999999999"])
def test_id_that_no_row_can_have_is_not_found(
    writer: FlaskClient, method: str, number: str
) -> None:
    url = f"/api/v1/questions/{number}/answers"

    assert writer.open(url, method=method, json={"body": "So."}).status_code == 404


@pytest.fixture
def reading_urls(writer: FlaskClient) -> list[str]:
    """Return the URLs that read a question and its answer, whose bodies are Markdown."""
    question = ask(writer, body="*a* <b>")
    url = f"/api/v1/questions/{question['id']}"
    answer = writer.post(f"{url}/answers", json={"body": "*a* <b>"})
    return ["/api/v1/questions", url, f"{url}/answers", answer.headers["Location"]]


def test_body_is_rendered_if_the_client_asks_for_it(
    client: FlaskClient, reading_urls: list[str]
) -> None:
    for url in reading_urls:
        response = client.get(url, query_string={"render": "html"}).get_json()
        [post] = response.get("items", [response])
        assert post["body"] == "*a* <b>"
        assert post["body_html"] == "<p><em>a</em> &lt;b&gt;</p>\n"


def test_body_is_not_rendered_otherwise(client: FlaskClient, reading_urls: list[str]) -> None:
    assert [url for url in reading_urls if "body_html" in client.get(url).text] == []


def test_body_is_rendered_as_html_only(client: FlaskClient, reading_urls: list[str]) -> None:
    for url in reading_urls:
        response = client.get(url, query_string={"render": "pdf"})
        assert response.status_code == 422
        assert response.get_json()["errors"] == [
            {"parameter": "render", "detail": "Must be one of: html."}
        ]


def test_openapi_document_describes_rendering(client: FlaskClient) -> None:
    spec = client.get("/api/v1/openapi.json").get_json()

    question = spec["components"]["schemas"]["Question"]
    reading = [
        operations["get"]
        for path, operations in spec["paths"].items()
        if path.startswith("/api/v1/questions") and "get" in operations
    ]
    assert question["properties"]["body_html"]["type"] == "string"
    assert "body_html" not in question["required"]
    assert len(reading) == 4
    assert all("render" in [p["name"] for p in each["parameters"]] for each in reading)


def test_pages_ignore_the_parameter_of_the_api(client: FlaskClient, question_id: int) -> None:
    assert client.get("/?render=pdf").status_code == 200
    assert client.get(f"/main/question/{question_id}?render=pdf").status_code == 200
