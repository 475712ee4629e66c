"""The pages that people read."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.extensions import db
from tests.conftest import MakeAnswer, MakeQuestion
from tests.page import Page

AskMany = Callable[[int], list[int]]
Keep = Callable[[str], int]
HARMLESS = "a plain text"
# What OWASP's cheat sheet on filter evasion begins with, and templates in five languages.
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<!--<script>",
    "]]><b>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7 * 7 }} {{ config }} ${7*7} {% print 1 %}",
    "\u202e<b>gnp.exe",
]


@pytest.fixture
def keep(app: Flask, make_question: MakeQuestion, make_answer: MakeAnswer) -> Keep:
    """Keep a question and an answer that consist of a text, and give the question's id."""

    def keep_both(text: str) -> int:
        with app.app_context():
            question = make_question(title=text, body=text, answer_count=1)
            db.session.add(question)
            db.session.flush()
            db.session.add(make_answer(question.id, body=text))
            db.session.commit()
            return question.id

    return keep_both


def next_address(html: str) -> str | None:
    """Return where the page's link to the next one leads."""
    links = [link["href"] for link in Page(html).all("a") if link.get("rel") == "next"]
    return links[0] if links else None


def test_an_empty_board_says_so(client: FlaskClient) -> None:
    response = client.get("/")

    assert response.status_code == 200
    assert not [link for link in Page(response.text).all("a") if "question-title" in str(link)]


def test_the_front_page_leads_to_each_question(client: FlaskClient, question_id: int) -> None:
    links = Page(client.get("/").text).all("a")

    assert f"/main/question/{question_id}" in [link["href"] for link in links]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_is_shown_as_written(client: FlaskClient, text: str, keep: Keep) -> None:
    """R5.06, E01, E08."""
    plain = keep(HARMLESS)
    expected = Page(client.get(f"/main/question/{plain}").text).shape()
    hostile = keep(text)

    page = Page(client.get(f"/main/question/{hostile}").text)

    assert page.shape() == expected
    # In the title of the window, the heading, the body and the answer.
    assert page.text.count(text) == 4


@pytest.mark.parametrize("text", HOSTILE)
def test_a_list_shows_what_people_write_as_written(
    app: Flask, client: FlaskClient, text: str, keep: Keep
) -> None:
    """R5.06, E01."""
    keep(HARMLESS)
    expected = Page(client.get("/").text).shape()
    with app.app_context():
        db.session.execute(db.update(Question).values(title=text))
        db.session.commit()

    page = Page(client.get("/").text)

    assert page.shape() == expected
    assert page.text.count(text) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_a_search_is_shown_as_typed(client: FlaskClient, text: str) -> None:
    """E05."""
    expected = Page(client.get("/", query_string={"q": HARMLESS}).text).shape()

    page = Page(client.get("/", query_string={"q": text}).text)

    assert page.shape() == expected
    assert page.fields["q"] == text


def test_a_search_finds_what_holds_its_words(client: FlaskClient, keep: Keep) -> None:
    wanted, other = keep("about needles"), keep("about hay")

    page = client.get("/?q=needle").text

    assert f"/main/question/{wanted}" in page
    assert f"/main/question/{other}" not in page


def test_unanswered_questions_can_be_listed_alone(
    client: FlaskClient, question_id: int, keep: Keep
) -> None:
    answered = keep(HARMLESS)

    page = client.get("/?sort=unanswered").text

    assert f"/main/question/{question_id}" in page
    assert f"/main/question/{answered}" not in page


def test_the_next_link_leads_through_all_questions(client: FlaskClient, ask_many: AskMany) -> None:
    asked = ask_many(45)

    seen: list[str] = []
    address: str | None = "/"
    while address:
        html = client.get(address).text
        seen += [str(a["href"]) for a in Page(html).all("a") if a.get("class") == "question-title"]
        address = next_address(html)

    assert seen == [f"/main/question/{number}" for number in reversed(asked)]


def test_the_next_link_keeps_the_search(client: FlaskClient, ask_many: AskMany) -> None:
    ask_many(21)

    address = next_address(client.get("/?q=begin&sort=unanswered").text)

    assert address
    assert "q=begin" in address
    assert "sort=unanswered" in address


def test_the_next_link_leads_through_all_answers(
    client: FlaskClient, question_id: int, answer_many: AskMany
) -> None:
    answered = answer_many(25)

    first = client.get(f"/main/question/{question_id}").text
    second = client.get(next_address(first) or "").text

    pages = [*Page(first).all("article"), *Page(second).all("article")]
    shown = [str(item["id"]) for item in pages if item.get("class") == "answer"]
    assert shown == [f"answer-{number}" for number in answered]


def test_there_is_no_next_link_on_a_page_that_is_just_full(
    client: FlaskClient, ask_many: AskMany
) -> None:
    ask_many(20)

    assert next_address(client.get("/").text) is None


def test_parameters_that_nobody_knows_change_nothing(client: FlaskClient, question_id: int) -> None:
    """H20."""
    many = "&".join(f"unknown{number}=1" for number in range(10_000))

    assert f"/main/question/{question_id}" in client.get(f"/?{many}").text


@pytest.mark.parametrize("count", [0, 1, 20, 60])
@pytest.mark.parametrize("address", ["/", "/?q=same", "/api/v1/questions?limit=100"])
def test_a_list_is_one_statement_whatever_it_shows(
    client: FlaskClient, ask_many: AskMany, statements: list[str], address: str, count: int
) -> None:
    ask_many(count)
    statements.clear()

    client.get(address)

    assert len([text for text in statements if text.startswith("SELECT")]) == 1


@pytest.mark.parametrize("count", [0, 1, 20, 60])
def test_a_question_is_two_statements_whatever_it_shows(
    client: FlaskClient,
    answer_many: AskMany,
    question_id: int,
    statements: list[str],
    count: int,
) -> None:
    answer_many(count)
    statements.clear()

    client.get(f"/main/question/{question_id}")

    assert len([text for text in statements if text.startswith("SELECT")]) == 2


@pytest.mark.parametrize("path", ["/", "/main/question/1", "/api/v1/questions"])
def test_reading_without_a_database_is_an_outage(
    client: FlaskClient, outage: None, path: str
) -> None:
    """R7.03."""
    response = client.get(path)

    assert outage is None
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
