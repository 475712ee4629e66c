"""The pages of links with a token: a forgotten password, and an invitation."""

import re

import pytest
from flask import Flask

from service.accounts import authentication
from tests.conftest import Log
from tests.mail.fixtures import Inbox, RunJobs, body_text
from tests.members.browser import PASSWORD, Browser
from tests.page import Page

NEW_PASSWORD = "another walk by the sea"  # noqa: S105  # Used in tests only.


@pytest.fixture
def link(bea: Browser, visitor: Browser, inbox: Inbox, run_jobs: RunJobs) -> str:
    """Request a mail for Bea and return the path of the link in it."""
    del bea
    visitor.submit("/auth/forgot", email="bea@example.com")
    run_jobs()
    match = re.search(r"http://127.0.0.1:5000(/auth/reset/\S+)", body_text(inbox.messages[-1]))
    assert match
    return match[1]


def test_login_page_links_to_the_form(visitor: Browser) -> None:
    assert 'href="/auth/forgot"' in visitor.get("/auth/login").text


def test_login_page_has_no_link_if_no_mail_is_sent(production_app: Flask) -> None:
    response = production_app.test_client().get("/auth/login", base_url="https://example.com")

    assert response.status_code == 200
    assert "/auth/forgot" not in response.text


def test_form_has_the_same_response_for_every_address(bea: Browser, visitor: Browser) -> None:
    del bea
    pages = []
    for email in ("bea@example.com", "nobody@example.com"):
        response = visitor.submit("/auth/forgot", email=email)
        # Not the HTML, whose CSRF token contains the time.
        text = Page(visitor.get("/auth/login").text).text
        pages.append((response.status_code, response.location, text))

    assert pages[0] == pages[1]
    assert pages[0][:2] == (303, "/auth/login")
    assert "If this address is registered, you will receive a mail." in pages[0][2]


def test_link_sets_a_new_password(visitor: Browser, bea: Browser, link: str) -> None:
    page = visitor.get(link)
    assert page.status_code == 200
    assert 'value="bea@example.com"' in page.text

    response = visitor.submit(link, password=NEW_PASSWORD)

    assert (response.status_code, response.location) == (303, "/auth/login")
    assert "Your password has been changed." in visitor.get("/auth/login").text
    assert visitor.login("Bea", PASSWORD).status_code == 422
    assert visitor.login("Bea", NEW_PASSWORD).status_code == 303
    assert bea.member_name() == ""


def test_opening_the_link_does_not_use_it_up(visitor: Browser, link: str) -> None:
    for _number in range(3):
        assert visitor.get(link).status_code == 200
    assert visitor.client.head(link).status_code == 200

    assert visitor.submit(link, password=NEW_PASSWORD).location == "/auth/login"


def test_used_link_leads_to_the_form_for_a_new_one(visitor: Browser, link: str) -> None:
    visitor.submit(link, password=NEW_PASSWORD)

    for response in (visitor.get(link), visitor.submit(link, password=PASSWORD)):
        assert (response.status_code, response.location) == (303, "/auth/forgot")
    assert "This link is invalid, has expired" in visitor.get("/auth/forgot").text


def test_weak_password_is_shown_at_its_field(visitor: Browser, link: str) -> None:
    response = visitor.submit(link, password="password1234")  # noqa: S106

    assert response.status_code == 422
    assert "This password is too common." in response.text
    assert visitor.submit(link, password=NEW_PASSWORD).status_code == 303


def test_form_logs_the_browser_out(bea: Browser, link: str) -> None:
    bea.submit(link, password=NEW_PASSWORD)

    assert "access" not in bea.cookies()
    assert bea.member_name() == ""


def test_token_is_not_in_the_log_or_in_links(visitor: Browser, link: str, log: Log) -> None:
    token = link.rpartition("/")[2]

    page = visitor.get(link)
    visitor.submit(link, password="password1234")  # noqa: S106
    visitor.client.post(link, data={"password": NEW_PASSWORD})

    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert token not in page.text
    assert token not in str(log())
    assert "/auth/reset/***" in [event.get("path") for event in log()]


def test_link_does_not_use_the_host_of_the_request(
    app: Flask, bea: Browser, inbox: Inbox, run_jobs: RunJobs
) -> None:
    del bea
    app.test_client().post(
        "/api/v1/auth/password/forgot",
        json={"email": "bea@example.com"},
        base_url="http://evil.example",
    )
    run_jobs()

    assert "evil" not in body_text(inbox.messages[0])
    assert "evil" not in body_text(inbox.messages[0], "html")


@pytest.fixture
def email_link(bea: Browser, inbox: Inbox, run_jobs: RunJobs) -> str:
    """Request a new address for Bea and return the path of the link in the mail."""
    response = bea.submit("/auth/email", email="bea@example.org", password=PASSWORD)
    assert (response.status_code, response.location) == (303, "/auth/profile")
    run_jobs()
    [message] = [each for each in inbox.messages if each["To"] == "bea@example.org"]
    match = re.search(r"http://127.0.0.1:5000(/auth/email/\S+)", body_text(message))
    assert match
    return match[1]


def test_profile_links_to_the_change_of_the_address(bea: Browser) -> None:
    assert 'href="/auth/email"' in bea.get("/auth/profile").text
    assert "bea@example.com" in Page(bea.get("/auth/email").text).text


def test_wrong_password_is_shown_at_its_field(bea: Browser) -> None:
    response = bea.submit("/auth/email", email="bea@example.org", password=NEW_PASSWORD)

    assert response.status_code == 422
    assert "Current password is incorrect." in response.text


def test_link_changes_the_address_of_a_member_who_stays_logged_in(
    bea: Browser, email_link: str
) -> None:
    assert "bea@example.org" in Page(bea.get(email_link).text).text
    for _number in range(2):
        response = bea.submit(email_link)

        assert (response.status_code, response.location) == (303, "/auth/profile")
    assert "Your email address has been confirmed." in bea.get("/auth/profile").text
    assert "bea@example.org" in bea.get("/auth/email").text


def test_link_in_another_browser_ends_all_sessions(
    bea: Browser, visitor: Browser, email_link: str
) -> None:
    for _number in range(2):
        response = visitor.submit(email_link)

        assert (response.status_code, response.location) == (303, "/auth/login")
    assert "Your email address has been confirmed." in visitor.get("/auth/login").text
    assert bea.member_name() == ""


def test_link_to_an_address_that_was_registered_meanwhile_says_so(
    app: Flask, bea: Browser, email_link: str
) -> None:
    with app.app_context():
        authentication.register("bea@example.org", "Cy", PASSWORD)

    bea.submit(email_link)

    assert "This email address is already registered." in bea.get("/auth/profile").text


def test_opening_the_link_does_not_confirm_the_address(bea: Browser, email_link: str) -> None:
    page = bea.get(email_link)

    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert email_link.rpartition("/")[2] not in page.text
    assert "bea@example.com" in bea.get("/auth/email").text


def test_cancelled_link_is_invalid(bea: Browser, visitor: Browser, email_link: str) -> None:
    bea.submit("/auth/logout-all")

    for response in (visitor.get(email_link), visitor.submit(email_link)):
        assert (response.status_code, response.location) == (303, "/auth/login")
    assert "This link is invalid" in visitor.get("/auth/login").text


@pytest.fixture
def invitation(app: Flask, monkeypatch: pytest.MonkeyPatch) -> str:
    """Require invitations, and return the path of the link in one for Eve."""
    monkeypatch.setitem(app.config, "REGISTRATION", "invited")
    result = app.test_cli_runner().invoke(args=["invite", "eve@example.com"])
    return result.output.strip().removeprefix("http://127.0.0.1:5000")


def test_invited_person_registers_and_is_logged_in(visitor: Browser, invitation: str) -> None:
    page = visitor.get(invitation)
    assert page.status_code == 200
    assert 'value="eve@example.com"' in page.text

    response = visitor.submit(invitation, name="Eve", password=PASSWORD)

    assert (response.status_code, response.location) == (303, "/")
    assert visitor.member_name() == "Eve"


def test_invitation_that_is_submitted_twice_logs_in(visitor: Browser, invitation: str) -> None:
    for _number in range(2):
        response = visitor.submit(invitation, name="Eve", password=PASSWORD)

        assert (response.status_code, response.location) == (303, "/")


def test_used_invitation_leads_to_the_login_page(visitor: Browser, invitation: str) -> None:
    visitor.submit(invitation, name="Eve", password=PASSWORD)

    response = visitor.get(invitation)

    assert (response.status_code, response.location) == (302, "/auth/login")


def test_used_invitation_registers_nobody_else(visitor: Browser, invitation: str) -> None:
    visitor.submit(invitation, name="Eve", password=PASSWORD)

    response = visitor.submit(invitation, name="Mallory", password=PASSWORD)

    assert response.status_code == 422
    assert "This email address is already registered." in response.text


@pytest.mark.usefixtures("invitation")
def test_pages_do_not_link_to_registration_by_invitation_only(visitor: Browser) -> None:
    page = visitor.get("/auth/register")

    assert page.status_code == 403
    assert "You need an invitation to register here." in page.text
    assert "Only its author can do this." not in page.text
    assert "/auth/register" not in visitor.get("/").text + visitor.get("/auth/login").text


@pytest.fixture
def cy(app: Flask, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Return the browser of Cy, who has registered and must confirm the address."""
    monkeypatch.setitem(app.config, "REGISTRATION", "confirmed")
    assert visitor.register("Cy").status_code == 303
    return visitor


def test_pages_remind_an_unconfirmed_member(cy: Browser, inbox: Inbox, run_jobs: RunJobs) -> None:
    page = Page(cy.get("/").text)
    assert "We have sent a link to cy@example.com." in page.text

    response = cy.submit("/auth/confirmation")
    run_jobs()

    assert (response.status_code, response.location) == (303, "/")
    assert [message["To"] for message in inbox.messages] == ["cy@example.com"] * 2


def test_unconfirmed_member_gets_a_helpful_page(cy: Browser, question_id: int) -> None:
    text = {"title": "Why?", "body": "Long work."}
    responses = [
        cy.get("/main/question"),
        cy.submit("/main/question", **text),
        cy.submit(f"/main/question/{question_id}/answer", body="Long work."),
        cy.submit(f"/main/question/{question_id}/vote", value="1"),
    ]

    for response in responses:
        page = Page(response.text)
        assert response.status_code == 403
        assert "Confirm your email address first." in page.text
        assert "Only its author can do this." not in page.text
        assert "Send the mail again" in page.text
    assert Page(responses[1].text).fields["body"] == "Long work."


def test_link_confirms_the_address_twice(cy: Browser, inbox: Inbox, run_jobs: RunJobs) -> None:
    run_jobs()
    match = re.search(r"http://127.0.0.1:5000(/auth/email/\S+)", body_text(inbox.messages[-1]))
    assert match

    for _number in range(2):
        assert "cy@example.com" in Page(cy.get(match[1]).text).text
        response = cy.submit(match[1])

        assert (response.status_code, response.location) == (303, "/auth/profile")
    assert "We have sent a link" not in cy.get("/").text
    assert cy.get("/main/question").status_code == 200


@pytest.mark.usefixtures("cy")
def test_pages_link_to_registration_with_confirmation(app: Flask) -> None:
    assert "/auth/register" in Browser(app).get("/auth/login").text
