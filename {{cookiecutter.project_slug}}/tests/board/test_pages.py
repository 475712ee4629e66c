"""The pages of the board."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from service.board import posts
from service.board.models import Question
from service.board.search import MAX_MATCHES
from service.database.pagination import Cursor, PageRequest
from service.extensions import db
from tests.conftest import MakeAnswer, MakeQuestion
from tests.page import Page

AskMany = Callable[[int], list[int]]
StorePost = Callable[[str], int]
HARMLESS_TEXT = "a plain text"
# XSS attacks from OWASP's XSS Filter Evasion Cheat Sheet, and template injections.
HOSTILE_TEXTS = [
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
    "\u200f<b>exe.png",
]


@pytest.fixture
def store_post(app: Flask, make_question: MakeQuestion, make_answer: MakeAnswer) -> StorePost:
    """Return a function that stores a text as a question with an answer, and returns its id."""

    def store(text: str) -> int:
        with app.app_context():
            question = make_question(title=text, body=text, answer_count=1)
            db.session.add(question)
            db.session.flush()
            db.session.add(make_answer(question.id, body=text))
            db.session.commit()
            return question.id

    return store


def next_url(html: str, rel: str = "next") -> str | None:
    """Return the URL of the link to the next page, or `None` if there is no link."""
    links = [link["href"] for link in Page(html).all("a") if link.get("rel") == rel]
    return links[0] if links else None


def question_links(html: str) -> list[str]:
    """Return the URLs of the questions that a page lists."""
    links = Page(html).all("a")
    return [str(link["href"]) for link in links if link.get("class") == "question-title"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("/", "There are no questions yet.", id="no questions"),
        pytest.param("/?sort=unanswered", "There are no unanswered questions.", id="all answered"),
        pytest.param("/?q=x&sort=unanswered", "No results for this search.", id="no results"),
        pytest.param("/?q=%3F!", "Enter at least one letter or digit.", id="no word"),
    ],
)
def test_empty_list_is_explained(client: FlaskClient, url: str, message: str) -> None:
    response = client.get(url)

    assert response.status_code == 200
    assert message in response.text
    assert not [link for link in Page(response.text).all("a") if "question-title" in str(link)]


def test_list_links_to_each_question(client: FlaskClient, question_id: int) -> None:
    links = Page(client.get("/").text).all("a")

    assert f"/main/question/{question_id}" in [link["href"] for link in links]


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_text_is_escaped_on_the_page_of_a_question(
    client: FlaskClient, text: str, store_post: StorePost
) -> None:
    harmless_id = store_post(HARMLESS_TEXT)
    expected = Page(client.get(f"/main/question/{harmless_id}").text).shape()
    hostile_id = store_post(text)

    page = Page(client.get(f"/main/question/{hostile_id}").text)

    assert page.shape() == expected
    # In the title of the page and the heading; Markdown changes some texts of bodies.
    assert page.text.count(text) >= 2


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_title_is_escaped_in_the_list(
    app: Flask, client: FlaskClient, text: str, store_post: StorePost
) -> None:
    store_post(HARMLESS_TEXT)
    expected = Page(client.get("/").text).shape()
    with app.app_context():
        db.session.execute(db.update(Question).values(title=text))
        db.session.commit()

    page = Page(client.get("/").text)

    assert page.shape() == expected
    assert page.text.count(text) == 1


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_search_is_escaped(client: FlaskClient, text: str) -> None:
    expected = Page(client.get("/", query_string={"q": HARMLESS_TEXT}).text).shape()

    page = Page(client.get("/", query_string={"q": text}).text)

    assert page.shape() == expected
    assert page.fields["q"] == text


def test_page_title_contains_the_search_text(client: FlaskClient) -> None:
    assert "<title>Search results for “needle” · " in client.get("/?q=needle").text


def test_search_that_is_too_long_is_rejected_with_its_length(client: FlaskClient) -> None:
    response = client.get("/", query_string={"q": "b" * 101})

    assert response.status_code == 422
    page = Page(response.text)
    assert "Enter at most 100 characters (it has 101)." in page.text
    fields = [field for field in page.all("input") if field["name"] == "q"]
    assert {field["value"] for field in fields} == {"b" * 101}
    assert {field["aria-invalid"] for field in fields} == {"true"}
    assert {field["aria-describedby"] for field in fields} == {"search-error"}
    assert "search-error" in {element.get("id") for element in page.all("p")}


def test_search_without_results_cannot_be_sorted(client: FlaskClient) -> None:
    links = Page(client.get("/?q=needle").text).all("a")

    assert not [link for link in links if "sort=" in str(link["href"])]


def test_incomplete_search_says_so(client: FlaskClient, ask_many: AskMany) -> None:
    message = "Not all questions were searched. Older ones may match as well."
    ask_many(MAX_MATCHES - 1)
    complete = client.get("/?q=begin").text
    ask_many(2)

    incomplete = client.get("/?q=begin").text

    assert message not in complete
    assert message in incomplete


def test_current_sort_is_marked(client: FlaskClient) -> None:
    links = Page(client.get("/?sort=unanswered").text).all("a")

    [current] = [link for link in links if link.get("aria-current") == "true"]
    assert current["href"] == "/?sort=unanswered"


def test_search_lists_matching_questions_only(client: FlaskClient, store_post: StorePost) -> None:
    matching_id, other_id = store_post("about needles"), store_post("about hay")

    page = client.get("/?q=needle").text

    assert f"/main/question/{matching_id}" in page
    assert f"/main/question/{other_id}" not in page


def test_unanswered_questions_can_be_listed(
    client: FlaskClient, question_id: int, store_post: StorePost
) -> None:
    answered_id = store_post(HARMLESS_TEXT)

    page = client.get("/?sort=unanswered").text

    assert f"/main/question/{question_id}" in page
    assert f"/main/question/{answered_id}" not in page


def test_next_link_leads_through_all_questions(client: FlaskClient, ask_many: AskMany) -> None:
    question_ids = ask_many(45)

    hrefs: list[str] = []
    url: str | None = "/"
    while url:
        html = client.get(url).text
        hrefs += question_links(html)
        url = next_url(html)

    assert hrefs == [f"/main/question/{number}" for number in reversed(question_ids)]


@pytest.mark.parametrize("sort", posts.QUESTION_SORTS)
def test_previous_link_leads_back_through_all_questions(
    client: FlaskClient, ask_many: AskMany, sort: str
) -> None:
    ask_many(45)
    pages = [client.get(f"/?sort={sort}&q=begin").text]
    while url := next_url(pages[-1]):
        pages.append(client.get(url).text)

    way_back = [pages[-1]]
    while url := next_url(way_back[-1], "prev"):
        way_back.append(client.get(url).text)

    assert len(pages) == 3
    assert [question_links(page) for page in way_back] == [
        question_links(page) for page in reversed(pages)
    ]


def test_empty_page_leads_back(client: FlaskClient, ask_many: AskMany) -> None:
    ask_many(3)

    page = client.get("/?after=0.0").text

    assert "There are no more questions." in page
    assert len(question_links(client.get(next_url(page, "prev") or "").text)) == 3


def test_next_link_keeps_search_and_sort(client: FlaskClient, ask_many: AskMany) -> None:
    ask_many(21)

    url = next_url(client.get("/?q=begin&sort=unanswered").text)

    assert url
    assert "q=begin" in url
    assert "sort=unanswered" in url


def test_next_link_leads_through_all_answers(
    client: FlaskClient, question_id: int, answer_many: AskMany
) -> None:
    answer_ids = answer_many(25)

    first_page = client.get(f"/main/question/{question_id}").text
    second_page = client.get(next_url(first_page) or "").text

    articles = [*Page(first_page).all("article"), *Page(second_page).all("article")]
    element_ids = [str(item["id"]) for item in articles if "id" in item]
    assert element_ids == [f"answer-{number}" for number in answer_ids]


@pytest.mark.parametrize("sort", posts.ANSWER_SORTS)
@pytest.mark.parametrize("count", [20, 21, 45])
def test_link_to_an_answer_leads_to_a_page_with_it(
    client: FlaskClient, question_id: int, answer_many: AskMany, sort: str, count: int
) -> None:
    for answer_id in answer_many(count)[::6]:
        url = f"/main/question/{question_id}?sort={sort}&answer={answer_id}"

        articles = Page(client.get(url).text).all("article")

        assert f"answer-{answer_id}" in [article.get("id") for article in articles]


def test_answer_has_a_link_to_it(
    client: FlaskClient, question_id: int, answer_many: AskMany
) -> None:
    url = f"/main/question/{question_id}"
    answer_ids = answer_many(2)

    links = Page(client.get(url).text).all("a")

    hrefs = [str(link["href"]) for link in links if "?answer=" in str(link["href"])]
    assert set(hrefs) >= {f"{url}?answer={number}#answer-{number}" for number in answer_ids}


def test_link_to_a_deleted_answer_leads_to_the_first_page(
    client: FlaskClient, question_id: int
) -> None:
    url = f"/main/question/{question_id}"

    page, first_page = Page(client.get(f"{url}?answer=7777").text), Page(client.get(url).text)
    assert page.all("article") == first_page.all("article")


@pytest.mark.parametrize("query", ["answer=0", "answer=x", "answer=2147483648", "sort=answers"])
def test_invalid_parameter_of_a_question_page_is_rejected(
    client: FlaskClient, question_id: int, query: str
) -> None:
    assert client.get(f"/main/question/{question_id}?{query}").status_code == 422


def test_full_last_page_has_no_next_link(client: FlaskClient, ask_many: AskMany) -> None:
    ask_many(20)

    assert next_url(client.get("/").text) is None


def test_unknown_parameters_are_ignored(client: FlaskClient, question_id: int) -> None:
    parameters = "&".join(f"unknown{number}=1" for number in range(10_000))

    assert f"/main/question/{question_id}" in client.get(f"/?{parameters}").text


@pytest.mark.parametrize("count", [0, 1, 20, 60])
@pytest.mark.parametrize("url", ["/", "/api/v1/questions?limit=100"])
def test_list_executes_one_select(
    client: FlaskClient, ask_many: AskMany, statements: list[str], url: str, count: int
) -> None:
    ask_many(count)
    statements.clear()

    client.get(url)

    assert len([text for text in statements if text.startswith("SELECT")]) == 1


@pytest.fixture
def middle_cursors(app: Flask, ask_many: AskMany) -> dict[str, Cursor | None]:
    """Return the cursor of a question in the middle of three pages, for each sort."""
    ask_many(60)
    with app.app_context():
        return {
            name: sort.order.paginate(select(Question), PageRequest(30)).next
            for name, sort in posts.QUESTION_SORTS.items()
        }


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("sort", posts.QUESTION_SORTS)
def test_page_in_the_middle_executes_one_select(
    client: FlaskClient,
    middle_cursors: dict[str, Cursor | None],
    statements: list[str],
    sort: str,
    name: str,
) -> None:
    statements.clear()

    page = client.get(f"/?sort={sort}&{name}={middle_cursors[sort]}").text

    assert len(question_links(page)) == 20
    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_link_to_an_answer_executes_four_selects(
    client: FlaskClient, answer_many: AskMany, question_id: int, statements: list[str]
) -> None:
    answer_id = answer_many(60)[40]
    statements.clear()

    client.get(f"/main/question/{question_id}?answer={answer_id}")

    assert len([text for text in statements if text.startswith("SELECT")]) == 4


@pytest.mark.parametrize("count", [1, 20, 60])
def test_search_executes_three_selects(
    client: FlaskClient, ask_many: AskMany, statements: list[str], count: int
) -> None:
    ask_many(count)
    statements.clear()

    client.get("/?q=begin")

    assert len([text for text in statements if text.startswith(("SELECT", "WITH"))]) == 3


@pytest.mark.parametrize("count", [0, 1, 20, 60])
def test_question_page_executes_two_selects(
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
def test_status_is_503_during_a_database_outage(
    client: FlaskClient, outage: None, path: str
) -> None:
    response = client.get(path)

    assert outage is None
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_list_page_ignores_a_limit(client: FlaskClient) -> None:
    assert client.get("/?limit=abc").status_code == 200
