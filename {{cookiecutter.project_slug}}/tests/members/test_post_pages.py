"""Editing, deleting, voting and accepting in the browser."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Answer, Question
from service.board.schemas import PAGE_SIZE
from service.extensions import db
from tests.accounts.people import create_access_token, ensure_member_id
from tests.conftest import Log, MakeAnswer
from tests.members.browser import Browser
from tests.page import Attributes, Page


@pytest.fixture
def ann(app: Flask) -> Browser:
    """Return the browser of Ann, who asked the question."""
    return Browser(app, {"access": create_access_token(app)})


@pytest.fixture
def bob(app: Flask) -> Browser:
    """Return the browser of Bob, who answered the question."""
    return Browser(app, {"access": create_access_token(app, "Bob")})


@pytest.fixture
def question_url(question_id: int) -> str:
    """Return the URL of the question."""
    return f"/main/question/{question_id}"


@pytest.fixture
def answer_url(question_url: str, answer_id: int) -> str:
    """Return the URL of the answer, without the action to append, such as `/edit`."""
    return f"{question_url}/answer/{answer_id}"


@pytest.fixture
def add_answers(
    app: Flask, question_id: int, make_answer: MakeAnswer
) -> Callable[[int], list[int]]:
    """Return a function that adds several answers by Ann and returns their ids."""

    def add(count: int) -> list[int]:
        with app.app_context():
            answers = [make_answer(question_id) for _ in range(count)]
            db.session.add_all(answers)
            db.session.commit()
            return [answer.id for answer in answers]

    return add


def stored_values(
    app: Flask, *names: str, model: type[Question] | type[Answer] = Question
) -> list[Any]:
    """Return the values of the named columns of the first question or answer."""
    with app.app_context():
        post = db.session.scalars(db.select(model).order_by(model.id)).first()
        return [getattr(post, name) for name in names]


def action_urls(page: Page) -> set[str]:
    """Return the URLs of a page's forms and links that edit, delete, vote on or accept a post."""
    urls = [form.get("action") for form in page.all("form")]
    urls += [link.get("href") for link in page.all("a")]
    action = re.compile(r"/main/question/[0-9]+(?:/answer/[0-9]+)?/((?:edit|delete|vote|accept).*)")
    return {match[0] for url in urls if (match := action.fullmatch(url or ""))}


def post_token(browser: Browser, post_url: str) -> str:
    """Return the token in the form that deletes a post."""
    return Page(browser.get(f"{post_url}/delete").text).fields["post_token"]


def visible_fields(page: Page) -> set[str]:
    """Return the names of the visible fields of a page, without those of the search form."""
    ignored = {"hidden", "search", "submit"}
    fields = [field for field in page.all("input") if field.get("type") not in ignored]
    return {str(field["name"]) for field in [*fields, *page.all("textarea"), *page.all("select")]}


def vote_buttons(page: Page) -> list[tuple[str | None, str | None]]:
    """Return the value and the `aria-pressed` attribute of each vote button."""
    buttons = [button for button in page.all("button") if "aria-pressed" in button]
    return [(button["value"], button["aria-pressed"]) for button in buttons]


def test_author_can_edit_their_question(app: Flask, ann: Browser, question_url: str) -> None:
    form = Page(ann.get(f"{question_url}/edit").text).fields

    response = ann.submit(f"{question_url}/edit", **{**form, "body": "one\ntwo"})

    assert (form["title"], form["body"]) == ("How do I begin?", "I have no idea.")
    assert (response.status_code, response.headers["Location"]) == (303, question_url)
    assert stored_values(app, "title", "body") == ["How do I begin?", "one\ntwo"]


def test_author_can_edit_their_answer(
    app: Flask, bob: Browser, question_url: str, answer_url: str, answer_id: int
) -> None:
    form = Page(bob.get(f"{answer_url}/edit").text).fields

    response = bob.submit(f"{answer_url}/edit", **{**form, "body": "Like this."})

    assert (form["body"], "title" in form) == ("So.", False)
    url = f"{question_url}?answer={answer_id}#answer-{answer_id}"
    assert response.headers["Location"] == url
    assert stored_values(app, "body", model=Answer) == ["Like this."]


@pytest.mark.parametrize("model", [Question, Answer])
def test_every_field_of_the_edit_form_is_saved(
    ann: Browser,
    bob: Browser,
    question_url: str,
    answer_url: str,
    model: type[Question] | type[Answer],
) -> None:
    author, url = (ann, question_url) if model is Question else (bob, answer_url)
    form = Page(author.get(f"{url}/edit").text)
    fields = {name: f"A new {name}" for name in visible_fields(form)}

    author.submit(f"{url}/edit", **fields)

    assert "body" in fields
    assert stored_values(ann.app, *fields, model=model) == list(fields.values())


def test_invalid_edit_keeps_its_text_and_saves_nothing(
    app: Flask, ann: Browser, question_url: str
) -> None:
    response = ann.submit(f"{question_url}/edit", title="ab", body="kept <b>")

    fields = Page(response.text).fields
    assert (response.status_code, fields["title"], fields["body"]) == (422, "ab", "kept <b>")
    assert stored_values(app, "title") == ["How do I begin?"]


def test_preview_of_an_edit_saves_nothing(app: Flask, bob: Browser, answer_url: str) -> None:
    response = bob.submit(f"{answer_url}/edit", body="**Like** this.", preview="1")

    assert (response.status_code, Page(response.text).fields["body"]) == (200, "**Like** this.")
    assert "<p><strong>Like</strong> this.</p>" in response.text
    assert stored_values(app, "body", model=Answer) == ["So."]


def test_edit_ignores_fields_that_are_not_in_the_form(
    app: Flask, ann: Browser, question_url: str, member_id: int
) -> None:
    extra = {"author_id": str(member_id + 1), "score": "99", "id": "99"}

    ann.submit(f"{question_url}/edit", title="Text?", body="Yes.", **extra)

    assert stored_values(app, "title", "score") == ["Text?", 0]
    assert stored_values(app, "author_id") == [member_id]


def test_forbidden_edit_shows_the_unsaved_text(bob: Browser, question_url: str) -> None:
    response = bob.submit(f"{question_url}/edit", title="Mine now?", body="Long work.")

    assert response.status_code == 403
    assert Page(response.text).fields["body"] == "Long work."


def test_deleted_question_and_its_answers_are_not_found(
    ann: Browser, question_url: str, answer_url: str
) -> None:
    response = ann.submit(f"{question_url}/delete")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert [ann.get(path).status_code for path in (question_url, f"{answer_url}/edit")] == [
        404,
        404,
    ]


def test_deleted_answer_is_not_shown(
    app: Flask, bob: Browser, question_url: str, answer_url: str
) -> None:
    response = bob.submit(f"{answer_url}/delete")

    assert (response.status_code, response.headers["Location"]) == (303, question_url)
    assert "So." not in bob.get(question_url).text
    assert stored_values(app, "answer_count") == [0]


@pytest.mark.parametrize(
    ("answers", "consequence"),
    [
        pytest.param(0, "This deletes the question and its votes.", id="no answers"),
        pytest.param(1, "This deletes the question, its answer and their votes.", id="one"),
        pytest.param(3, "This deletes the question, its 3 answers and their votes.", id="three"),
    ],
)
def test_confirmation_says_what_is_deleted_with_a_question(
    app: Flask, ann: Browser, question_url: str, answers: int, consequence: str
) -> None:
    with app.app_context():
        db.session.scalars(db.select(Question)).one().answer_count = answers
        db.session.commit()

    page = Page(ann.get(f"{question_url}/delete").text)

    assert consequence in page.text
    assert "How do I begin?" in page.text
    assert question_url in {link["href"] for link in page.all("a")}


def test_confirmation_shows_the_answer(
    bob: Browser, question_url: str, answer_url: str, answer_id: int
) -> None:
    page = Page(bob.get(f"{answer_url}/delete").text)

    assert "This deletes the answer and its votes." in page.text
    assert "So." in page.text
    assert f"{answer_url}/delete" in {form.get("action") for form in page.all("form")}
    url = f"{question_url}?answer={answer_id}#answer-{answer_id}"
    assert url in {link["href"] for link in page.all("a")}


def test_deleting_a_question_twice_ends_like_the_first_time(
    ann: Browser, question_url: str
) -> None:
    token = post_token(ann, question_url)
    ann.submit(f"{question_url}/delete", post_token=token)
    ann.get("/")

    response = ann.submit(f"{question_url}/delete", post_token=token)

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert "The question has been deleted." in ann.get("/").text


def test_deleting_an_answer_twice_ends_like_the_first_time(
    bob: Browser, question_url: str, answer_url: str
) -> None:
    token = post_token(bob, answer_url)
    bob.submit(f"{answer_url}/delete", post_token=token)
    bob.get("/")

    response = bob.submit(f"{answer_url}/delete", post_token=token)

    assert (response.status_code, response.headers["Location"]) == (303, question_url)
    assert "The answer has been deleted." in bob.get(question_url).text


@pytest.mark.parametrize("path", ["/main/question/7777", "/main/question/7777/answer/7777"])
def test_confirmation_for_a_missing_post_is_not_found(ann: Browser, path: str) -> None:
    response = ann.get(f"{path}/delete")

    assert response.status_code == 404
    assert "has been deleted" not in response.text


def test_answer_that_was_deleted_with_its_question_redirects_to_the_questions(
    ann: Browser, bob: Browser, question_url: str, answer_url: str
) -> None:
    token = post_token(bob, answer_url)
    ann.submit(f"{question_url}/delete")

    response = bob.submit(f"{answer_url}/delete", post_token=token)

    assert (response.status_code, response.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("sent", ["", "x", "token of the question"])
@pytest.mark.parametrize("path", ["/main/question/999", "{question_url}/answer/999"])
def test_post_that_never_existed_is_not_found(
    ann: Browser, question_url: str, path: str, sent: str
) -> None:
    url = f"{path.format(question_url=question_url)}/delete"
    if sent == "token of the question":
        sent = post_token(ann, question_url)

    assert ann.submit(url, post_token=sent).status_code == 404
    assert ann.get(url).status_code == 404


def test_answer_is_not_deleted_below_another_question(
    app: Flask, bob: Browser, question_id: int, answer_id: int
) -> None:
    bob.submit(f"/main/question/{question_id + 1}/answer/{answer_id}/delete")

    assert stored_values(app, "body", model=Answer) == ["So."]


@pytest.mark.parametrize(
    ("action", "value", "message"),
    [
        ("edit", "", "Your changes have been saved."),
        ("delete", "", "The question has been deleted."),
        ("accept/{}", "1", "The answer has been accepted."),
        ("accept/{}", "0", "The answer is no longer accepted."),
    ],
)
def test_message_after_an_action_is_shown_once(
    ann: Browser, answer_url: str, action: str, value: str, message: str
) -> None:
    question_url, _, answer_id = answer_url.partition("/answer/")

    ann.submit(f"{question_url}/{action.format(answer_id)}", title="Why?", body="So.", value=value)

    assert [ann.get("/").text.count(message) for _ in range(2)] == [1, 0]


def test_vote_leaves_no_message(ann: Browser, question_url: str) -> None:
    ann.submit(f"{question_url}/vote", value="1")

    classes = {element.get("class") for element in Page(ann.get(question_url).text).all("p")}
    assert "message" not in classes


@pytest.mark.parametrize(
    ("clicks", "score", "buttons"),
    [
        pytest.param("", 0, {"1": "false", "-1": "false"}, id="no vote"),
        pytest.param("1", 1, {"0": "true", "-1": "false"}, id="up"),
        pytest.param("-1", -1, {"1": "false", "0": "true"}, id="down"),
        pytest.param("1 -1", -1, {"1": "false", "0": "true"}, id="up, then down"),
        pytest.param("1 0", 0, {"1": "false", "-1": "false"}, id="up, then removed"),
        pytest.param("1 1", 1, {"0": "true", "-1": "false"}, id="clicked twice"),
    ],
)
def test_vote_buttons_show_the_vote(
    bob: Browser, question_url: str, clicks: str, score: int, buttons: dict[str, str]
) -> None:
    for value in clicks.split():
        assert bob.submit(f"{question_url}/vote", value=value).headers["Location"] == question_url

    assert dict(vote_buttons(Page(bob.get(question_url).text))) == buttons
    assert stored_values(bob.app, "score") == [score]


def test_each_answer_shows_its_own_vote(
    ann: Browser, question_url: str, answer_url: str, add_answers: Callable[[int], list[int]]
) -> None:
    add_answers(1)
    ann.submit(f"{answer_url}/vote", value="-1")

    shown = vote_buttons(Page(ann.get(question_url).text))

    assert shown[2:] == [("1", "false"), ("0", "true"), ("1", "false"), ("-1", "false")]


@pytest.mark.parametrize(
    ("action", "fields"), [("edit", {"title": "ab", "body": ""}), ("vote", {"value": "2"})]
)
def test_invalid_form_is_logged_with_its_fields(
    ann: Browser, question_url: str, log: Log, action: str, fields: dict[str, str]
) -> None:
    ann.submit(f"{question_url}/{action}", **fields)

    [event] = [event for event in log() if event["event"] == "input_validation_fail"]
    assert (event["path"], event["fields"]) == (f"{question_url}/{action}", sorted(fields))


@pytest.mark.parametrize("value", ["", "2", "-2", "1.5", "x", "9" * 5000])
def test_invalid_vote_is_rejected(app: Flask, bob: Browser, question_url: str, value: str) -> None:
    response = bob.submit(f"{question_url}/vote", value=value)

    assert (response.status_code, stored_values(app, "score")) == (422, [0])


def test_accepted_answer_is_marked(ann: Browser, question_url: str, answer_id: int) -> None:
    before = Page(ann.get(question_url).text).text

    response = ann.submit(f"{question_url}/accept/{answer_id}", value="1")

    assert response.headers["Location"] == f"{question_url}?answer={answer_id}#answer-{answer_id}"
    assert "Accepted answer" not in before
    assert "Accepted answer" in Page(Browser(ann.app).get(question_url).text).text


def test_accepted_answer_is_linked_from_each_page(
    ann: Browser, question_url: str, answer_id: int, second_page: str
) -> None:
    ann.submit(f"{question_url}/accept/{answer_id}", value="1")

    page = Page(ann.get(second_page).text)

    url = f"{question_url}?sort=votes&answer={answer_id}#answer-{answer_id}"
    assert "Go to the accepted answer" in page.text
    assert url in [link["href"] for link in page.all("a")]


def test_answer_can_be_unaccepted(
    app: Flask, ann: Browser, question_url: str, answer_id: int
) -> None:
    ann.submit(f"{question_url}/accept/{answer_id}")

    ann.submit(f"{question_url}/accept/{answer_id}", value="0")

    assert stored_values(app, "accepted_answer_id") == [None]


def test_unaccepting_an_answer_keeps_another_accepted_answer(
    ann: Browser, question_url: str, answer_id: int, add_answers: Callable[[int], list[int]]
) -> None:
    [other_id] = add_answers(1)
    ann.submit(f"{question_url}/accept/{other_id}")

    ann.submit(f"{question_url}/accept/{answer_id}", value="0")

    assert stored_values(ann.app, "accepted_answer_id") == [other_id]


def test_answer_to_another_question_cannot_be_accepted(
    app: Flask, ann: Browser, answer_id: int, make_question: Any
) -> None:
    with app.app_context():
        other = make_question()
        db.session.add(other)
        db.session.commit()
        other_id = other.id

    response = ann.submit(f"/main/question/{other_id}/accept/{answer_id}")

    assert response.status_code == 404


@pytest.mark.parametrize("action", ["edit", "vote"])
def test_answer_is_not_found_below_another_question(
    bob: Browser, question_id: int, answer_id: int, action: str
) -> None:
    url = f"/main/question/{question_id + 1}/answer/{answer_id}/{action}"

    response = bob.submit(url, body="Whose?", value="1")

    assert response.status_code == 404


def test_page_offers_only_permitted_actions(
    ann: Browser, bob: Browser, question_url: str, answer_url: str, answer_id: int
) -> None:
    votes = {f"{question_url}/vote", f"{answer_url}/vote"}
    ann_only = {
        f"{question_url}/edit",
        f"{question_url}/delete",
        f"{question_url}/accept/{answer_id}",
    }
    bob_only = {f"{answer_url}/edit", f"{answer_url}/delete"}

    browsers = [Browser(ann.app), bob, ann]
    offered = [action_urls(Page(browser.get(question_url).text)) for browser in browsers]

    assert offered == [set(), votes | bob_only, votes | ann_only]


def test_visitor_sees_a_login_link_instead_of_the_answer_form(
    app: Flask, question_url: str
) -> None:
    page = Page(Browser(app).get(question_url).text)

    assert f"/auth/login?next={question_url}" in {link["href"] for link in page.all("a")}
    assert page.all("textarea") == []


def test_question_page_sets_no_cookie_for_a_visitor(app: Flask, question_url: str) -> None:
    assert "Set-Cookie" not in Browser(app).get(question_url).headers


@pytest.mark.parametrize("path", ["edit", "delete", "vote", "accept/1"])
def test_get_request_changes_nothing(
    app: Flask, ann: Browser, question_url: str, path: str
) -> None:
    response = ann.get(f"{question_url}/{path}", value="1", title="Read", body="only")

    assert response.status_code == (200 if path in {"edit", "delete"} else 405)
    assert stored_values(app, "title", "score") == ["How do I begin?", 0]


def test_refused_vote_shows_no_unsaved_text(app: Flask, question_url: str) -> None:
    response = Browser(app).submit(f"{question_url}/vote", value="1")

    assert (response.status_code, Page(response.text).all("textarea")) == (401, [])


@pytest.mark.parametrize("path", ["vote", "accept/1"])
def test_refused_vote_leads_to_the_login_and_back_to_the_question(
    app: Flask, question_url: str, path: str
) -> None:
    # Not every browser sends `Referer`.
    page = Page(Browser(app).submit(f"{question_url}/{path}", value="1").text)

    login_url = f"/auth/login?next={question_url}"
    assert {login_url, question_url} <= {link["href"] for link in page.all("a")}


def test_question_page_takes_five_queries(
    ann: Browser, question_url: str, add_answers: Callable[[int], list[int]], statements: list[str]
) -> None:
    for answer_id in add_answers(PAGE_SIZE + 1)[:5]:
        ann.submit(f"{question_url}/answer/{answer_id}/vote", value="1")
    statements.clear()

    page = ann.get(question_url).text

    assert page.count('aria-pressed="true"') == 5
    assert len([statement for statement in statements if "SELECT" in statement]) == 5


@pytest.fixture
def second_page(ann: Browser, question_url: str, add_answers: Callable[[int], list[int]]) -> str:
    """Return the URL of the second page of answers, in the order of votes, with one answer."""
    add_answers(PAGE_SIZE + 1)
    links = Page(ann.get(f"{question_url}?sort=votes").text).all("a")
    [url] = [str(link["href"]) for link in links if link.get("rel") == "next"]
    return url.partition("#")[0]


@pytest.mark.parametrize("value", ["1", "-1"])
def test_answer_is_shown_after_a_vote_that_moves_it_to_another_page(
    ann: Browser, second_page: str, value: str
) -> None:
    forms = Page(ann.get(second_page).text).all("form")
    [vote] = [str(form["action"]) for form in forms if re.search("answer/.*/vote", str(form))]

    location = ann.submit(vote, value=value).headers["Location"]

    page = Page(ann.get(location.partition("#")[0]).text)
    assert "sort=votes" in location
    assert location.partition("#")[2] in {article.get("id") for article in page.all("article")}


def test_vote_on_the_question_keeps_the_page_of_answers(ann: Browser, second_page: str) -> None:
    forms = Page(ann.get(second_page).text).all("form")
    [vote] = [str(form["action"]) for form in forms if re.search(r"question/\d+/vote", str(form))]

    response = ann.submit(vote, value="1")

    assert parse_qs(urlsplit(response.headers["Location"]).query) == parse_qs(
        urlsplit(second_page).query
    )


def test_edit_form_links_back_to_the_answer(bob: Browser, answer_url: str, answer_id: int) -> None:
    links = Page(bob.get(f"{answer_url}/edit?sort=votes").text).all("a")

    [href] = [str(link["href"]) for link in links if "answer=" in str(link["href"])]
    assert href.endswith(f"?sort=votes&answer={answer_id}#answer-{answer_id}")


def test_questions_can_be_sorted_by_votes(
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
def test_post_shows_its_author(app: Flask, client: FlaskClient, question_url: str) -> None:
    with app.app_context():
        ensure_member_id("Cy")

    index, page = (Page(client.get(path).text).text for path in ("/", question_url))

    assert ("Ann" in index, "Cy" in index) == (True, False)
    assert ("Ann" in page, "Bob" in page, "Cy" in page) == (True, True, False)


def test_search_for_an_author_highlights_the_name(ann: Browser, question_url: str) -> None:
    page = ann.get("/?q=ann").text

    assert question_url in page
    assert "<mark>Ann</mark>" in page


def test_edit_of_a_text_that_was_changed_meanwhile_shows_both_texts(
    app: Flask, ann: Browser, question_url: str
) -> None:
    version = Page(ann.get(f"{question_url}/edit").text).fields["version"]
    ann.submit(f"{question_url}/edit", title="Theirs?", body="Theirs.", version=version)

    response = ann.submit(f"{question_url}/edit", title="Mine?", body="Mine.", version=version)

    assert response.status_code == 422
    assert "has been changed in the meantime" in response.text
    assert all(text in response.text for text in ("Theirs?", "Theirs.", "Mine?", "Mine."))
    assert stored_values(app, "title", "body") == ["Theirs?", "Theirs."]


def test_edit_can_be_saved_after_the_warning(app: Flask, bob: Browser, answer_url: str) -> None:
    warning = bob.submit(f"{answer_url}/edit", body="Mine.", version="old")
    version = Page(warning.text).fields["version"]

    response = bob.submit(f"{answer_url}/edit", body="Mine.", version=version)

    assert response.status_code == 303
    assert stored_values(app, "body", model=Answer) == ["Mine."]


def test_vote_does_not_disturb_an_edit(
    app: Flask, ann: Browser, bob: Browser, question_url: str
) -> None:
    version = Page(ann.get(f"{question_url}/edit").text).fields["version"]
    bob.submit(f"{question_url}/vote", value="1")

    ann.submit(f"{question_url}/edit", title="Mine?", body="Mine.", version=version)

    assert stored_values(app, "title") == ["Mine?"]


def test_text_on_an_error_page_keeps_its_version(ann: Browser, question_url: str) -> None:
    response = ann.client.post(
        f"{question_url}/edit", data={"title": "Mine?", "body": "Mine.", "version": "first"}
    )

    assert response.status_code == 400
    assert Page(response.text).fields["version"] == "first"


def test_preview_of_an_edit_keeps_its_version(ann: Browser, question_url: str) -> None:
    response = ann.submit(
        f"{question_url}/edit", title="Mine?", body="Mine.", version="first", preview="1"
    )

    assert (response.status_code, Page(response.text).fields["version"]) == (200, "first")
