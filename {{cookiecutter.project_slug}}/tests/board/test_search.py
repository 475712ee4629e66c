"""The search: its results, their order, and an index that is in step with the posts."""

import json
from collections.abc import Callable, Iterator
from random import Random
from unicodedata import normalize

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.board.models import Answer, Question, SearchDocument
from service.board.search import MAX_GROUP_SIZE, find_matches, newest_blocks_first
from service.board.search_index import BLOCK_SIZE
from service.board.seed import AGES, TEXTS_FILE, add_questions
from service.extensions import db
from service.search.query import parse_query
from service.search.words import fold, is_cjk, split_words
from tests.conftest import MakeAnswer, MakeQuestion, MakeWriter
from tests.page import Page

Ask = Callable[..., int]
Reply = Callable[[int, str], int]
QUERY_COUNT = 500
# The name is written in full-width letters.
LOOK_ALIKE = "Die Straße, Привет, \uff26\uff4c\uff41\uff53\uff4b 결제"
# Operators of the full-text searches of SQLite, MySQL and PostgreSQL, wildcards and SQL.
HOSTILE_QUERIES = [
    "*", "%", "_", '"', "'", "\\", "(", "((((", "a AND", "NOT a", "a OR OR b", "NEAR(a b, 1)",
    "tokens:a", "^a", "a:*", "'a':*B", "a & ! b", "a <-> b", "a | | b", "+a -b", "~a <b >c", "@3",
    "+(",
    "a* b* c*", '"a*" "', "x'); DROP TABLE question --", "*" * 100, "%" * 100, "a* " * 33,
    '"' * 100,
    "(" * 100, "a " * 50, "가" * 100, "가 " * 50, "\u200b", "🙂", "\U00020000", "ǅ", "İ", "ﷺ" * 100,
    "a\u0301", "0" * 100,
]  # fmt: skip


@pytest.fixture
def ask(app: Flask, make_question: MakeQuestion) -> Ask:
    """Return a function that stores a question and returns its id."""

    def ask_question(title: str = "A title", body: str = "A body.", **values: object) -> int:
        with app.app_context():
            question = make_question(title=title, body=body, **values)
            db.session.add(question)
            db.session.commit()
            return question.id

    return ask_question


@pytest.fixture
def reply(app: Flask, make_answer: MakeAnswer) -> Reply:
    """Return a function that stores an answer and returns its id."""

    def answer_question(question_id: int, body: str) -> int:
        with app.app_context():
            answer = make_answer(question_id, body=body)
            db.session.add(answer)
            db.session.get_one(Question, question_id).answer_count += 1
            db.session.commit()
            return answer.id

    return answer_question


def search(client: FlaskClient, query: str, **parameters: str) -> list[int]:
    """Return the ids of the questions on all pages of the results."""
    ids: list[int] = []
    arguments = {"q": query, "limit": "100", **parameters}
    while True:
        response = client.get("/api/v1/questions", query_string=arguments)
        assert response.status_code == 200, response.text
        page = response.get_json()
        ids += [question["id"] for question in page["items"]]
        if page["next"] is None:
            return ids
        arguments["after"] = page["next"]


def stored_texts() -> Iterator[tuple[int, str]]:
    """Yield the id of the question and the text of each question and answer."""
    post_texts = current_app.extensions["post_texts"]
    for question in db.session.scalars(select(Question)):
        texts = [question.title, question.body, *(texts([question])[0] for texts in post_texts)]
        yield question.id, "\n".join(texts)
    for answer in db.session.scalars(select(Answer)):
        yield (
            answer.question_id,
            "\n".join([answer.body, *(texts([answer])[0] for texts in post_texts)]),
        )


def contains_word(text: str, word: str) -> bool:
    """Return whether a text contains a word: the beginning of one, or any part of a CJK word."""
    if is_cjk(word):
        return word in fold(text)
    return any(found.startswith(word) for found in split_words(text))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ko"])
def test_search_finds_what_reading_all_texts_finds(
    app: Flask, client: FlaskClient, language: str
) -> None:
    rng = Random(language)  # noqa: S311  # Not used for security.
    with app.app_context():
        add_questions(AGES[:100], json.loads(TEXTS_FILE.read_text("utf-8"))[language], rng)
        texts = list(stored_texts())
    words = {word for _id, text in texts for word in split_words(text)}
    # Words, the beginnings of words, and two Korean syllables.
    parts = {
        word[start : start + 2] for word in words if is_cjk(word) for start in range(len(word))
    }
    beginnings = {word[: rng.randint(1, len(word))] for word in words if not is_cjk(word)}
    queries = rng.sample(sorted(words | parts | beginnings), QUERY_COUNT)

    different = []
    for query in queries:
        expected = {number for number, text in texts if contains_word(text, query)}
        if set(search(client, query)) != expected:
            different.append(query)

    assert different == []


@pytest.mark.parametrize("stored", [LOOK_ALIKE, normalize("NFD", LOOK_ALIKE).lower()])
@pytest.mark.parametrize(
    "query",
    [
        "STRASSE",
        "straße",
        "ПРИВЕТ",
        "flask",
        "\uff26\uff2c\uff21",
        "결제",
        "결",
        normalize("NFD", "결제"),
    ],
)
def test_texts_that_look_alike_match(
    ask: Ask, client: FlaskClient, stored: str, query: str
) -> None:
    question_id = ask(body=stored)

    assert search(client, query) == [question_id]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        pytest.param("session cookie", True, id="all words"),
        pytest.param("cookie session", True, id="in any order"),
        pytest.param("session missing", False, id="one word is missing"),
        pytest.param("cook", True, id="prefix of the last word"),
        pytest.param("cook session", False, id="prefix of another word"),
        pytest.param("ookie", False, id="part of a word"),
        pytest.param('"cookie session"', False, id="phrase in another order"),
        pytest.param('"the session cookie"', True, id="phrase"),
        pytest.param('"session cook"', False, id="phrase with a prefix"),
        pytest.param("데이터베이스", True, id="Korean word"),
        pytest.param("터베", True, id="part of a Korean word"),
        pytest.param("이스터", False, id="bigrams in another order"),
        pytest.param('"서버 데이터"', True, id="Korean phrase"),
        pytest.param("서버데이터", False, id="Korean words without their space"),
        pytest.param("the is 서", True, id="stop words and a single character"),
        pytest.param("snake_case", True, id="word with punctuation"),
        pytest.param("snake-session", False, id="parts that are apart"),
        pytest.param("!?", False, id="no word"),
    ],
)
def test_query_matches_texts(ask: Ask, client: FlaskClient, query: str, is_found: bool) -> None:
    question_id = ask(body="The session cookie is lost. 서버 데이터베이스를 옮겼다. snake_case")
    ask(body="Unrelated.")

    assert search(client, query) == ([question_id] if is_found else [])


@pytest.mark.parametrize("query", ["\U00020bb7", "\U00020bb7野"])
def test_rare_ideograph_matches_only_itself(ask: Ask, client: FlaskClient, query: str) -> None:
    question_id = ask(body="\U00020bb7野家")
    ask(body="hello world")
    ask(body="\U00029e3d野の焼き方")

    assert search(client, query) == [question_id]


def test_words_may_not_be_spread_over_a_question_and_its_answer(
    ask: Ask, reply: Reply, client: FlaskClient
) -> None:
    question_id = ask(title="About cookies")
    reply(question_id, "Use a session.")

    assert search(client, "session") == search(client, "cookies") == [question_id]
    assert search(client, "cookies session") == []


def test_results_are_ordered_by_relevance_then_age(
    ask: Ask, reply: Reply, client: FlaskClient
) -> None:
    old_title, in_body, in_answer = ask(title="A needle"), ask(body="A needle."), ask()
    new_title = ask(title="Needles")
    reply(in_answer, "A needle.")

    found = [search(client, "needle", limit=limit) for limit in ("1", "2", "3", "100")]

    assert found == [[new_title, old_title, in_body, in_answer]] * 4


def test_results_have_a_previous_page(ask: Ask, client: FlaskClient) -> None:
    for title in ("needle 1", "hay", "needle 2"):
        ask(title=title, body="A needle.")
    url = "/api/v1/questions?q=needle&limit=2"
    first = client.get(url).get_json()
    second = client.get(f"{url}&after={first['next']}").get_json()

    assert client.get(f"{url}&before={second['previous']}").get_json() == first


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        pytest.param("relevance", [1, 0], id="relevance"),
        pytest.param("newest", [1, 0], id="newest"),
        pytest.param("answers", [0, 1], id="answers"),
        pytest.param("unanswered", [1], id="unanswered"),
    ],
)
def test_results_can_be_sorted(
    ask: Ask, reply: Reply, client: FlaskClient, sort: str, expected: list[int]
) -> None:
    ids = [ask(body="A needle."), ask(title="A needle")]
    reply(ids[0], "Look harder.")

    assert search(client, "needle", sort=sort) == [ids[index] for index in expected]


@pytest.mark.parametrize("query", ["", "&q=", "&q=%20"])
def test_list_without_a_search_sorted_by_relevance_is_sorted_by_age(
    ask: Ask, client: FlaskClient, query: str
) -> None:
    ids = [ask(title="first"), ask(title="second")]
    page = client.get(f"/api/v1/questions?sort=relevance&limit=1{query}").get_json()
    url = f"/api/v1/questions?sort=relevance&after={page['next']}{query}"

    assert [page["items"][0]["id"], client.get(url).get_json()["items"][0]["id"]] == ids[::-1]


@pytest.mark.parametrize("after", ["1.1", "3.1.1.1", "9999.1.1", "0.0.0", "-1.1.1"])
def test_cursors_of_a_search_cause_no_error(ask: Ask, client: FlaskClient, after: str) -> None:
    ask(title="needle")

    response = client.get(f"/?q=needle&after={after}")

    assert response.status_code in {200, 422}


@pytest.mark.parametrize("query", HOSTILE_QUERIES)
@pytest.mark.parametrize("suffix", ["", " needle", '"needle'])
def test_hostile_query_is_a_query(ask: Ask, client: FlaskClient, query: str, suffix: str) -> None:
    ask(title="needle", body="a b c")

    response = client.get("/api/v1/questions", query_string={"q": f"{query[:90]}{suffix}"})

    assert response.status_code == 200


def test_edited_question_is_found_by_its_new_text(
    app: Flask, ask: Ask, client: FlaskClient
) -> None:
    question_id = ask(title="The old title", body="The same body.")
    with app.app_context():
        db.session.get_one(Question, question_id).title = "The new title"
        db.session.commit()

    found = [search(client, query) for query in ("old", "new", "same")]

    assert found == [[], [question_id], [question_id]]


def test_edited_answer_is_found_by_its_new_text(
    app: Flask, ask: Ask, reply: Reply, client: FlaskClient
) -> None:
    question_id = ask(title="needle")
    answer_id = reply(question_id, "The old text.")
    with app.app_context():
        db.session.get_one(Answer, answer_id).body = "The new text."
        db.session.commit()

    assert search(client, "old") == []
    assert search(client, "new") == search(client, "needle") == [question_id]


def test_deleted_posts_are_not_found(
    app: Flask, ask: Ask, reply: Reply, client: FlaskClient
) -> None:
    deleted_id, question_id = ask(title="needle"), ask(title="hay")
    reply(deleted_id, "hay")
    answer_id = reply(question_id, "needle")
    with app.app_context():
        db.session.delete(db.session.get_one(Question, deleted_id))
        db.session.delete(db.session.get_one(Answer, answer_id))
        db.session.commit()

    assert search(client, "needle") == []
    assert search(client, "hay") == [question_id]


def test_text_that_is_rolled_back_is_not_found(
    app: Flask, make_question: MakeQuestion, client: FlaskClient
) -> None:
    with app.app_context():
        db.session.add(make_question(title="needle"))
        db.session.flush()
        db.session.rollback()

        assert db.session.scalar(select(func.count(SearchDocument.id))) == 0
    assert search(client, "needle") == []


def test_repeated_request_is_found_once(writer: FlaskClient) -> None:
    question = {"title": "A needle", "body": "in a haystack"}
    for _ in range(2):
        writer.post("/api/v1/questions", json=question, headers={"Idempotency-Key": "once"})

    assert len(search(writer, "needle")) == 1


def test_vote_or_answer_does_not_index_a_question_again(
    ask: Ask, writer: FlaskClient, statements: list[str]
) -> None:
    question_id = ask()
    statements.clear()

    writer.post(f"/api/v1/questions/{question_id}/answers", json={"body": "So."})

    written = [text for text in statements if text.startswith(("INSERT INTO search", "DELETE"))]
    assert len(written) == 1


@pytest.mark.parametrize(
    "text",
    ["x" * 20_000, "가" * 20_000, "ab " * 6_666, "\U00020000 " * 10_000, "ﷺ" * 20_000],
    ids=["one word", "one Korean word", "many words", "rare ideographs", "longer when folded"],
)
def test_longest_text_can_be_searched(make_writer: MakeWriter, app: Flask, text: str) -> None:
    writer = make_writer(app)
    writer.post("/api/v1/questions", json={"title": "A long body", "body": text})

    assert len(search(writer, text[:2])) == 1


def test_matches_are_highlighted_in_the_list(ask: Ask, client: FlaskClient) -> None:
    ask(title="<b>Needle</b>", body="A needle & more.")

    html = client.get("/?q=needle").text

    assert "&lt;b&gt;<mark>Needle</mark>&lt;/b&gt;" in html
    assert "A <mark>needle</mark> &amp; more." in html


def test_excerpt_of_a_match_contains_no_markdown(ask: Ask, client: FlaskClient) -> None:
    ask(body="# Heading\n\nA **needle** in [the hay](https://example.com/).")

    text = Page(client.get("/?q=needle").text).text

    assert "Heading A needle in the hay." in text


def test_excerpt_is_from_the_answer_that_matches(
    ask: Ask, reply: Reply, client: FlaskClient
) -> None:
    question_id = ask(body="A haystack.")
    reply(question_id, "One needle.")

    text = Page(client.get("/?q=needle").text).text

    assert "One needle." in text
    assert "A haystack." not in text


def test_search_without_results_says_what_to_try(client: FlaskClient) -> None:
    text = Page(client.get("/?q=needle").text).text

    assert "Try fewer or other words, and check their spelling." in text


@pytest.mark.parametrize(
    ("text", "query", "is_found"),
    [
        pytest.param("हिन्दी में कैसे लिखें?", "हिन्दी", True, id="Hindi"),
        pytest.param("हिन्दी में कैसे लिखें?", "हिन्दी लि", True, id="beginning of a Hindi word"),
        pytest.param("हिन्दी में कैसे लिखें?", "न्दी", False, id="end of a Hindi word"),
        pytest.param("ที่นี่ ดี", '"ที่นี่"', True, id="Thai"),
        pytest.param("ที่นี่ ดี", '"ที"', False, id="part of a Thai word"),
        pytest.param("هذا كِتَابٌ جديد", "كتاب", True, id="Arabic with vowel points"),
        pytest.param("هذا كتاب جديد", "كِتَاب", True, id="Arabic without vowel points"),
    ],
)
def test_words_with_combining_marks_are_found_as_a_whole(
    ask: Ask, client: FlaskClient, text: str, query: str, is_found: bool
) -> None:
    question_id = ask(body=text)

    assert search(client, query) == [question_id] * is_found


def test_search_that_takes_too_long_is_incomplete(ask: Ask, app: Flask) -> None:
    old_id = ask(title="needle", id=BLOCK_SIZE)
    new_id = ask(title="needle", id=BLOCK_SIZE * 100)

    with app.app_context():
        all_matches = find_matches(parse_query("needle"), seconds=60)
        newest_matches = find_matches(parse_query("needle"), seconds=0)

    assert (set(all_matches), all_matches.is_complete) == ({old_id, new_id}, True)
    assert (set(newest_matches), newest_matches.is_complete) == ({new_id}, False)


def test_blocks_are_searched_in_groups_that_grow() -> None:
    groups = list(newest_blocks_first(0, 40))

    assert [len(group) for group in groups] == [1, 1, 4, MAX_GROUP_SIZE, MAX_GROUP_SIZE, 3]
    assert sorted(block for group in groups for block in group) == list(range(41))
    assert groups[0] == range(40, 41)


def test_questions_of_all_blocks_are_found(ask: Ask, client: FlaskClient) -> None:
    first_id = ask(title="needle", id=BLOCK_SIZE * 100_000)
    ids = [ask(title="needle", id=first_id + BLOCK_SIZE * number) for number in range(1, 8)]

    assert search(client, "needle") == [*ids[::-1], first_id]
