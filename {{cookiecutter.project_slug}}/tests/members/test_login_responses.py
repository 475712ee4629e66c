"""Redirects to the login page, unsaved forms, and what a login does to earlier sessions."""

import pytest
from flask import Flask

from service.board.models import Question
from service.extensions import db
from tests.members.browser import Browser
from tests.members.conftest import MakeMemberBrowser
from tests.page import Page


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("path", "login_url"),
    [
        ("/main/question", "/auth/login?next=/main/question"),
        ("/auth/password", "/auth/login?next=/auth/password"),
        ("/auth/sessions?x=y", "/auth/login?next=/auth/sessions?x%3Dy"),
    ],
)
def test_page_for_members_redirects_a_visitor_to_the_login_page(
    visitor: Browser, method: str, path: str, login_url: str
) -> None:
    response = visitor.client.open(path, method=method)

    assert (response.status_code, response.headers["Location"]) == (302, login_url)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("/main/question", "Log in to ask a question.", id="ask"),
        pytest.param("/auth/sessions", "Log in to continue.", id="another page"),
    ],
)
def test_login_page_explains_why_login_is_required(
    visitor: Browser, path: str, message: str
) -> None:
    page = visitor.client.get(path, follow_redirects=True).text

    assert Page(page).text.count(message) == 1
    assert message not in visitor.get("/auth/login").text


def test_login_link_shows_no_message(visitor: Browser) -> None:
    assert "Log in to" not in visitor.get("/auth/login?next=/main/question").text


def test_unsaved_form_is_shown_to_a_visitor(app: Flask, visitor: Browser) -> None:
    response = visitor.submit("/main/question", title="Who am I?", body="one\ntwo & <three>")

    page = Page(response.text)
    assert (response.status_code, response.mimetype) == (401, "text/html")
    assert (page.fields["title"], page.fields["body"]) == ("Who am I?", "one\ntwo & <three>")
    assert "/auth/login" in {link["href"] for link in page.all("a") if link.get("target")}
    with app.app_context():
        assert db.session.scalars(db.select(Question)).all() == []


def test_unsaved_form_can_be_submitted_after_logging_in(app: Flask, bea: Browser) -> None:
    other = Browser(app, bea.cookies())
    bea.submit("/auth/logout")
    unsaved = Page(other.submit("/main/question", title="Who am I?", body="Bea.").text).fields
    other.login("Bea")

    refused = other.client.post("/main/question", data=unsaved)
    accepted = other.client.post("/main/question", data=Page(refused.text).fields)

    assert (refused.status_code, accepted.status_code) == (400, 303)


def test_only_forms_with_a_text_are_shown_again(app: Flask, bea: Browser, question_id: int) -> None:
    urls = app.url_map.bind("localhost")
    shown = set()

    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/") or "POST" not in (rule.methods or ()):
            continue
        path = urls.build(rule.endpoint, dict.fromkeys(rule.arguments, question_id), "POST")
        response = bea.client.post(path, data={"email": "me@example.com", "body": "My text."})
        assert response.status_code in {303, 400}, path
        if {"email", "body"} & Page(response.text).fields.keys():
            shown.add(rule.endpoint)

    assert shown == {"forms.question", "forms.create_answer", "member_posts.edit"}


def test_form_from_before_the_login_can_be_submitted_again(visitor: Browser, bea: Browser) -> None:
    visitor.get("/auth/login")
    old_token = visitor.csrf_token()
    visitor.login("Bea")
    fields = {"csrf_token": old_token, "title": "Who am I?", "body": "Bea."}

    refused = visitor.client.post("/main/question", data=fields)
    accepted = visitor.client.post("/main/question", data=Page(refused.text).fields)

    assert bea.member_name() == "Bea"
    assert (refused.status_code, accepted.status_code) == (400, 303)


def test_api_responds_with_a_problem_instead_of_a_redirect(visitor: Browser) -> None:
    response = visitor.client.get("/api/v1/auth/me")

    assert (response.status_code, response.mimetype) == (401, "application/problem+json")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_login_prevents_session_fixation(bea: Browser) -> None:
    attacker = Browser(bea.app)
    planted_token = attacker.csrf_token()
    planted = attacker.cookies()
    victim = Browser(bea.app, planted)
    victim.login("Bea")

    response = victim.client.post("/auth/logout", data={"csrf_token": planted_token})

    assert (response.status_code, victim.member_name()) == (400, "Bea")
    assert victim.cookies()["session"] != planted["session"]
    assert Browser(bea.app, planted).member_name() == ""


def test_login_as_another_member_revokes_the_previous_session(
    app: Flask, make_member_browser: MakeMemberBrowser
) -> None:
    make_member_browser("Cy")
    bea = make_member_browser("Bea")
    before = bea.cookies()

    bea.login("Cy")

    assert (bea.member_name(), Browser(app, before).member_name()) == ("Cy", "")


def test_message_tells_what_happened_to_the_account(visitor: Browser) -> None:
    visitor.register("Bea")
    registered = visitor.get("/").text
    visitor.submit("/auth/logout")
    logged_out = visitor.get("/").text
    visitor.login("Bea")
    logged_in = visitor.get("/").text

    assert "Your account has been created." in registered
    assert "You have been logged out." in logged_out
    assert "You are logged in." in logged_in


def test_login_page_shows_only_the_message_of_the_last_redirect(visitor: Browser) -> None:
    visitor.get("/auth/sessions")
    visitor.get("/main/question")

    page = visitor.get("/auth/login")

    assert "Log in to ask a question." in page.text
    assert "Log in to continue." not in page.text
