"""Changing, deleting, voting and accepting in the browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Answer, Question
from service.board.schemas import PAGE_SIZE
from service.extensions import db
from tests.accounts.people import kept_member, token_of_member
from tests.conftest import MakeAnswer
from tests.members.visitor import Visitor
from tests.page import Attributes, Page


@pytest.fixture
def ann(app: Flask) -> Visitor:
    """Log in who asked."""
    return Visitor(app, {"access": token_of_member(app)})


@pytest.fixture
def bob(app: Flask) -> Visitor:
    """Log in who answered."""
    return Visitor(app, {"access": token_of_member(app, "Bob")})


@pytest.fixture
def question(question_id: int) -> str:
    """Give the address of the question."""
    return f"/main/question/{question_id}"


@pytest.fixture
def answer(question: str, answer_id: int) -> str:
    """Give the address of what concerns the answer."""
    return f"{question}/answer/{answer_id}"


@pytest.fixture
def add_answers(
    app: Flask, question_id: int, make_answer: MakeAnswer
) -> Callable[[int], list[int]]:
    """Add answers of Ann's to her question, and give their ids."""

    def add(count: int) -> list[int]:
        with app.app_context():
            answers = [make_answer(question_id) for _ in range(count)]
            db.session.add_all(answers)
            db.session.commit()
            return [answer.id for answer in answers]

    return add


def kept(app: Flask, *names: str, of: type[Question] | type[Answer] = Question) -> list[Any]:
    """Return what the first post has in its columns."""
    with app.app_context():
        post = db.session.scalars(db.select(of).order_by(of.id)).first()
        return [getattr(post, name) for name in names]


def actions(page: Page) -> set[str]:
    """Return where the forms and links of a page lead that act on a post."""
    leads = [form.get("action") for form in page.all("form")]
    leads += [link.get("href") for link in page.all("a")]
    found = re.compile(r"/main/question/[0-9]+(?:/answer/[0-9]+)?/((?:edit|delete|vote|accept).*)")
    return {match[0] for lead in leads if (match := found.fullmatch(lead or ""))}


def votes_shown(page: Page) -> list[tuple[str | None, str | None]]:
    """Return for each button of a vote what it sends and whether it is pressed."""
    buttons = [button for button in page.all("button") if "aria-pressed" in button]
    return [(button["value"], button["aria-pressed"]) for button in buttons]


def test_a_question_is_changed_by_its_form(app: Flask, ann: Visitor, question: str) -> None:
    form = Page(ann.get(f"{question}/edit").text).fields

    response = ann.send(f"{question}/edit", **{**form, "body": "one\ntwo"})

    assert (form["title"], form["body"]) == ("How do I begin?", "I have no idea.")
    assert (response.status_code, response.headers["Location"]) == (303, question)
    assert kept(app, "title", "body") == ["How do I begin?", "one\ntwo"]


def test_an_answer_is_changed_by_its_form(
    app: Flask, bob: Visitor, question: str, answer: str, answer_id: int
) -> None:
    form = Page(bob.get(f"{answer}/edit").text).fields

    response = bob.send(f"{answer}/edit", **{**form, "body": "Like this."})

    assert (form["body"], "title" in form) == ("So.", False)
    assert response.headers["Location"] == f"{question}#answer-{answer_id}"
    assert kept(app, "body", of=Answer) == ["Like this."]


def test_a_change_that_breaks_a_rule_is_shown_with_its_words(
    app: Flask, ann: Visitor, question: str
) -> None:
    response = ann.send(f"{question}/edit", title="ab", body="kept <b>")

    fields = Page(response.text).fields
    assert (response.status_code, fields["title"], fields["body"]) == (422, "ab", "kept <b>")
    assert kept(app, "title") == ["How do I begin?"]


def test_a_form_changes_nothing_but_words(app: Flask, ann: Visitor, question: str) -> None:
    """I03."""
    ann.send(f"{question}/edit", title="Words?", body="Yes.", author_id="1", score="99", id="1")

    assert kept(app, "title", "score") == ["Words?", 0]
    assert kept(app, "author_name") == ["Ann"]


def test_what_may_not_be_changed_is_given_back(bob: Visitor, question: str) -> None:
    """I02."""
    response = bob.send(f"{question}/edit", title="Mine now?", body="Long work.")

    assert response.status_code == 403
    assert Page(response.text).fields["body"] == "Long work."


def test_a_deleted_question_is_gone(ann: Visitor, question: str, answer: str) -> None:
    response = ann.send(f"{question}/delete")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert [ann.get(path).status_code for path in (question, f"{answer}/edit")] == [404, 404]


def test_a_deleted_answer_is_gone(app: Flask, bob: Visitor, question: str, answer: str) -> None:
    response = bob.send(f"{answer}/delete")

    assert (response.status_code, response.headers["Location"]) == (303, question)
    assert "So." not in bob.get(question).text
    assert kept(app, "answer_count") == [0]


@pytest.mark.parametrize(
    ("clicks", "score", "buttons"),
    [
        pytest.param("", 0, {"1": "false", "-1": "false"}, id="nothing yet"),
        pytest.param("1", 1, {"0": "true", "-1": "false"}, id="up"),
        pytest.param("-1", -1, {"1": "false", "0": "true"}, id="down"),
        pytest.param("1 -1", -1, {"1": "false", "0": "true"}, id="up, then down"),
        pytest.param("1 0", 0, {"1": "false", "-1": "false"}, id="up, then taken back"),
        pytest.param("1 1", 1, {"0": "true", "-1": "false"}, id="clicked twice"),
    ],
)
def test_a_vote_shows_on_its_button(
    bob: Visitor, question: str, clicks: str, score: int, buttons: dict[str, str]
) -> None:
    for value in clicks.split():
        assert bob.send(f"{question}/vote", value=value).headers["Location"] == question

    assert dict(votes_shown(Page(bob.get(question).text))) == buttons
    assert kept(bob.app, "score") == [score]


def test_each_answer_shows_the_vote_on_it(
    ann: Visitor, question: str, answer: str, add_answers: Callable[[int], list[int]]
) -> None:
    add_answers(1)
    ann.send(f"{answer}/vote", value="-1")

    shown = votes_shown(Page(ann.get(question).text))

    assert shown[2:] == [("1", "false"), ("0", "true"), ("1", "false"), ("-1", "false")]


@pytest.mark.parametrize("value", ["", "2", "-2", "1.5", "x", "9" * 5000])
def test_what_is_no_vote_is_refused(app: Flask, bob: Visitor, question: str, value: str) -> None:
    response = bob.send(f"{question}/vote", value=value)

    assert (response.status_code, kept(app, "score")) == (422, [0])


def test_the_accepted_answer_is_marked_with_words(
    ann: Visitor, question: str, answer_id: int
) -> None:
    before = Page(ann.get(question).text).text

    response = ann.send(f"{question}/accept/{answer_id}", value="1")

    assert response.headers["Location"] == f"{question}#answer-{answer_id}"
    assert "Accepted answer" not in before
    assert "Accepted answer" in Page(Visitor(ann.app).get(question).text).text


def test_an_acceptance_can_be_taken_back(
    app: Flask, ann: Visitor, question: str, answer_id: int
) -> None:
    ann.send(f"{question}/accept/{answer_id}")

    ann.send(f"{question}/accept/{answer_id}", value="0")

    assert kept(app, "accepted_answer_id") == [None]


def test_taking_back_leaves_what_was_accepted_in_another_tab(
    ann: Visitor, question: str, answer_id: int, add_answers: Callable[[int], list[int]]
) -> None:
    [other_id] = add_answers(1)
    ann.send(f"{question}/accept/{other_id}")

    ann.send(f"{question}/accept/{answer_id}", value="0")

    assert kept(ann.app, "accepted_answer_id") == [other_id]


def test_the_answer_to_another_question_is_not_accepted(
    app: Flask, ann: Visitor, answer_id: int, make_question: Any
) -> None:
    """I04."""
    with app.app_context():
        other = make_question()
        db.session.add(other)
        db.session.commit()
        other_id = other.id

    response = ann.send(f"/main/question/{other_id}/accept/{answer_id}")

    assert response.status_code == 404


@pytest.mark.parametrize("action", ["edit", "delete", "vote"])
def test_the_answer_to_another_question_is_not_there(
    bob: Visitor, question_id: int, answer_id: int, action: str
) -> None:
    address = f"/main/question/{question_id + 1}/answer/{answer_id}/{action}"

    response = bob.send(address, body="Whose?", value="1")

    assert response.status_code == 404


def test_each_is_offered_what_they_may_do(
    ann: Visitor, bob: Visitor, question: str, answer: str, answer_id: int
) -> None:
    votes = {f"{question}/vote", f"{answer}/vote"}
    of_ann = {f"{question}/edit", f"{question}/delete", f"{question}/accept/{answer_id}"}
    of_bob = {f"{answer}/edit", f"{answer}/delete"}

    offered = [actions(Page(who.get(question).text)) for who in (Visitor(ann.app), bob, ann)]

    assert offered == [set(), votes | of_bob, votes | of_ann]


def test_a_stranger_is_led_to_the_log_in_in_place_of_a_form(app: Flask, question: str) -> None:
    page = Page(Visitor(app).get(question).text)

    assert f"/auth/login?next={question}" in {link["href"] for link in page.all("a")}
    assert page.all("textarea") == []


def test_a_stranger_may_keep_the_page(app: Flask, question: str) -> None:
    assert "Set-Cookie" not in Visitor(app).get(question).headers


@pytest.mark.parametrize("path", ["edit", "delete", "vote", "accept/1"])
def test_nothing_is_done_by_reading(app: Flask, ann: Visitor, question: str, path: str) -> None:
    """D08."""
    response = ann.get(f"{question}/{path}", value="1", title="Read", body="only")

    assert response.status_code == (200 if path == "edit" else 405)
    assert kept(app, "title", "score") == ["How do I begin?", 0]


def test_a_click_that_was_not_heard_leaves_nothing_to_send_again(app: Flask, question: str) -> None:
    response = Visitor(app).send(f"{question}/vote", value="1")

    assert (response.status_code, Page(response.text).all("textarea")) == (401, [])


def test_a_page_of_answers_takes_five_statements(
    ann: Visitor, question: str, add_answers: Callable[[int], list[int]], statements: list[str]
) -> None:
    """However many answers there are, and votes on them."""
    for answer_id in add_answers(PAGE_SIZE + 1)[:5]:
        ann.send(f"{question}/answer/{answer_id}/vote", value="1")
    statements.clear()

    page = ann.get(question).text

    assert page.count('aria-pressed="true"') == 5
    assert len([statement for statement in statements if "SELECT" in statement]) == 5


def test_a_click_on_the_second_page_comes_back_to_it(
    ann: Visitor, question: str, add_answers: Callable[[int], list[int]]
) -> None:
    add_answers(PAGE_SIZE + 1)
    links = Page(ann.get(question).text).all("a")
    [second] = [str(link["href"]) for link in links if link.get("rel") == "next"]
    forms = Page(ann.get(second).text).all("form")
    [vote] = [str(form["action"]) for form in forms if re.search("answer/.*/vote", str(form))]

    response = ann.send(vote, value="1")

    assert response.headers["Location"].partition("#")[0] == second


def test_the_best_questions_are_listed_first(
    app: Flask, client: FlaskClient, make_question: Any
) -> None:
    with app.app_context():
        scores = {"Good?": 3, "Bad?": -1, "New?": 0}
        db.session.add_all(make_question(title=title, score=n) for title, n in scores.items())
        db.session.commit()

    page = Page(client.get("/?sort=votes").text)

    titles = re.findall(r"Good\?|Bad\?|New\?", page.text)
    current: list[Attributes] = [link for link in page.all("a") if link.get("aria-current")]
    assert titles == ["Good?", "New?", "Bad?"]
    assert "/?sort=votes" in {link["href"] for link in current}


@pytest.mark.usefixtures("answer_id")
def test_a_post_is_shown_with_its_author(app: Flask, client: FlaskClient, question: str) -> None:
    with app.app_context():
        kept_member("Cy")

    index, page = (Page(client.get(path).text).text for path in ("/", question))

    assert ("Ann" in index, "Cy" in index) == (True, False)
    assert ("Ann" in page, "Bob" in page, "Cy" in page) == (True, True, False)
