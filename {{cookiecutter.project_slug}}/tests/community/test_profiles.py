"""The profile pages of members."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.extensions import db
from tests.accounts.people import ensure_member_id
from tests.conftest import MakeAnswer, MakeQuestion
from tests.page import Page

AddPosts = Callable[[int], None]


@pytest.fixture
def profile_url(member_id: int) -> str:
    """Return the URL of Ann's profile."""
    return f"/members/{member_id}"


@pytest.fixture
def add_posts(
    app: Flask, question_id: int, make_question: MakeQuestion, make_answer: MakeAnswer
) -> AddPosts:
    """Return a function that adds several questions of Ann, and as many answers."""

    def add(count: int) -> None:
        with app.app_context():
            db.session.add_all(make_question(title=f"Question {n}") for n in range(count))
            db.session.add_all(make_answer(question_id) for _ in range(count))
            db.session.commit()

    return add


def post_links(html: str) -> list[str]:
    """Return the URLs of the posts that a profile lists."""
    links = Page(html).all("a")
    return [str(link["href"]) for link in links if link.get("class") == "question-title"]


def test_profile_shows_name_and_time_of_registration(client: FlaskClient, profile_url: str) -> None:
    page = Page(client.get(profile_url).text)

    assert "Ann" in page.text
    assert "Joined just now" in page.text


def test_profile_ignores_a_parameter_of_the_api(client: FlaskClient, profile_url: str) -> None:
    assert client.get(f"{profile_url}?render=unknown").status_code == 200


def test_profile_lists_only_the_questions_of_the_member(
    app: Flask, client: FlaskClient, question_id: int, make_question: MakeQuestion, profile_url: str
) -> None:
    with app.app_context():
        db.session.add(make_question(author_id=ensure_member_id("Bob")))
        db.session.commit()

    assert post_links(client.get(profile_url).text) == [f"/main/question/{question_id}"]


def test_profile_lists_only_the_answers_of_the_member(
    app: Flask, client: FlaskClient, question_id: int, answer_id: int
) -> None:
    with app.app_context():
        url = f"/members/{ensure_member_id('Bob')}?show=answers"

    page = client.get(url).text

    answer_url = f"/main/question/{question_id}?answer={answer_id}#answer-{answer_id}"
    assert post_links(page) == [answer_url]
    assert "How do I begin?" in Page(page).text


@pytest.mark.parametrize("show", ["questions", "answers"])
def test_pages_of_a_profile_lead_there_and_back(
    client: FlaskClient, add_posts: AddPosts, profile_url: str, show: str
) -> None:
    add_posts(44)

    def next_page(html: str, rel: str) -> str | None:
        links = [str(a["href"]) for a in Page(html).all("a") if a.get("rel") == rel]
        return client.get(links[0]).text if links else None

    there = [client.get(f"{profile_url}?show={show}").text]
    while page := next_page(there[-1], "next"):
        there.append(page)
    back = [there[-1]]
    while page := next_page(back[-1], "prev"):
        back.append(page)

    listed = [post_links(page) for page in there]
    assert [post_links(page) for page in reversed(back)] == listed
    assert len({url for page in listed for url in page}) >= 44


@pytest.mark.parametrize(
    ("show", "message"), [("questions", "No questions here."), ("answers", "No answers here.")]
)
def test_profile_without_posts_says_so(
    client: FlaskClient, profile_url: str, show: str, message: str
) -> None:
    assert message in client.get(f"{profile_url}?show={show}").text


@pytest.mark.parametrize("member", ["0", "7777777", "2147483648", "x"])
def test_unknown_member_is_not_found(client: FlaskClient, member: str) -> None:
    assert client.get(f"/members/{member}").status_code == 404


@pytest.mark.parametrize("query", ["show=votes", "after=x", "before=1", "after=1.1&before=1.1"])
def test_invalid_parameter_of_a_profile_is_rejected(
    client: FlaskClient, profile_url: str, query: str
) -> None:
    assert client.get(f"{profile_url}?{query}").status_code == 422


def test_profile_does_not_show_the_email_address(client: FlaskClient, profile_url: str) -> None:
    assert "ann@example.com" not in client.get(profile_url).text


@pytest.mark.parametrize("show", ["questions", "answers"])
@pytest.mark.parametrize("count", [1, 20, 60])
def test_profile_executes_three_selects_at_most(
    client: FlaskClient, add_posts: AddPosts, statements: list[str], show: str, count: int
) -> None:
    add_posts(count)
    with client.application.app_context():
        url = f"/members/{ensure_member_id()}?show={show}"
    statements.clear()

    client.get(url)

    selects = [text for text in statements if text.startswith("SELECT")]
    assert len(selects) == {"questions": 2, "answers": 3}[show]


@pytest.mark.parametrize("path", ["/", "/main/question/{question_id}"])
def test_name_of_an_author_links_to_the_profile(
    client: FlaskClient, question_id: int, profile_url: str, path: str
) -> None:
    links = Page(client.get(path.format(question_id=question_id)).text).all("a")

    assert profile_url in [link["href"] for link in links]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{ 7 * 7 }}", "\u202eevil"])
def test_name_is_escaped(app: Flask, client: FlaskClient, name: str) -> None:
    with app.app_context():
        member_id = ensure_member_id(name)

    page = Page(client.get(f"/members/{member_id}").text)

    assert name in page.text
    assert "script" not in [tag for tag, attributes in page.elements if "src" not in attributes]


def test_disabled_member_keeps_the_profile(
    app: Flask, client: FlaskClient, question_id: int
) -> None:
    with app.app_context():
        author = db.session.get_one(Question, question_id).author
        author.disabled_at = author.created_at
        db.session.commit()
        url = f"/members/{author.id}"

    assert len(post_links(client.get(url).text)) == 1
