"""Forms that were opened before the member logged in or out, for example in another tab."""

import pytest
from flask import Flask

from service.board.models import Question
from service.extensions import db
from tests.conftest import Log
from tests.members.browser import PASSWORD, Browser
from tests.members.permissions import PAGES, Row
from tests.page import Page

FORMS = [row for row in PAGES if row.method == "POST"]
LOGOUT_PATHS = ["/auth/logout", "/auth/logout-all", "/auth/sessions/x/end"]


@pytest.fixture(params=FORMS, ids=lambda row: row.rule)
def form(request: pytest.FixtureRequest, question_id: int, answer_id: int) -> tuple[str, Row]:
    """Return the path and the row of each form."""
    path = request.param.rule.replace("<id:question_id>", str(question_id))
    path = path.replace("<id:answer_id>", str(answer_id)).replace("<session_id>", "x")
    return path, request.param


def test_form_that_is_sent_to_the_api_is_not_a_stale_form(app: Flask) -> None:
    headers = {"Authorization": "Bearer invalid"}

    response = app.test_client().post("/api/v1/auth/register", data={"a": "b"}, headers=headers)

    assert response.status_code == 415


def test_form_without_a_token_changes_nothing(
    app: Flask, visitor: Browser, bea: Browser, form: tuple[str, Row]
) -> None:
    path, row = form

    statuses = [
        browser.client.post(path, data=row.fields).status_code for browser in (visitor, bea)
    ]

    is_login, is_logout = path in {"/auth/login", "/auth/register"}, path in LOGOUT_PATHS
    needs_no_login = is_login or path.startswith(
        ("/auth/email/", "/auth/forgot", "/auth/invitation", "/auth/reset")
    )
    assert statuses == [
        400 if needs_no_login else 303 if is_logout else 401,
        303 if is_login else 400,
    ]
    assert (visitor.member_name(), bea.member_name()) == ("", "Bea")
    with app.app_context():
        question = db.session.scalars(db.select(Question)).one()
        assert (question.title, question.answer_count, question.score) == ("How do I begin?", 1, 0)


@pytest.mark.parametrize("path", LOGOUT_PATHS)
def test_logging_out_a_second_time_ends_like_the_first_time(bea: Browser, path: str) -> None:
    token = bea.csrf_token()
    bea.submit("/auth/logout")
    bea.get("/")

    response = bea.client.post(path, data={"csrf_token": token})

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert "You have been logged out." in bea.get("/").text


@pytest.mark.parametrize("path", LOGOUT_PATHS)
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
def test_another_site_cannot_delete_cookies_or_site_data(
    visitor: Browser, path: str, headers: dict[str, str]
) -> None:
    response = visitor.client.post(path, headers=headers)

    assert (response.status_code, "Clear-Site-Data" in response.headers) == (400, False)
    assert "Set-Cookie" not in response.headers


def test_form_of_a_member_who_was_logged_out_asks_to_log_in(bea: Browser, question_id: int) -> None:
    token, url = bea.csrf_token(), f"/main/question/{question_id}"
    bea.submit("/auth/logout")

    response = bea.client.post(
        f"{url}/vote",
        data={"csrf_token": token, "value": "1"},
        headers={"Referer": f"http://localhost{url}?after=x"},
    )

    page = Page(response.text)
    assert response.status_code == 401
    assert "Log in to continue." in page.text
    assert f"/auth/login?next={url}?after%3Dx" in {link.get("href") for link in page.all("a")}


def test_text_of_a_member_who_was_logged_out_is_shown_again(bea: Browser) -> None:
    token = bea.csrf_token()
    bea.submit("/auth/logout")

    response = bea.client.post(
        "/main/question", data={"csrf_token": token, "title": "Why?", "body": "Long work."}
    )

    assert response.status_code == 401
    assert Page(response.text).fields["body"] == "Long work."


@pytest.mark.parametrize("path", ["/auth/login", "/auth/register"])
def test_second_login_leads_to_the_page_of_the_first(visitor: Browser, path: str) -> None:
    token = visitor.csrf_token()
    visitor.register("Bea")
    visitor.get("/")

    response = visitor.client.post(
        f"{path}?next=/main/question",
        data={"csrf_token": token, "email": "bea@example.com", "password": PASSWORD},
    )

    assert (response.status_code, response.headers["Location"]) == (303, "/main/question")
    assert "You are logged in." in visitor.get("/").text


def test_form_from_before_another_login_links_to_its_page(bea: Browser, question_id: int) -> None:
    token, url = bea.csrf_token(), f"/main/question/{question_id}"
    bea.submit("/auth/logout")
    bea.login("Bea")

    response = bea.client.post(
        f"{url}/vote",
        data={"csrf_token": token, "value": "1"},
        headers={"Referer": f"http://localhost{url}"},
    )

    assert response.status_code == 400
    assert url in {link.get("href") for link in Page(response.text).all("a")}


def test_login_form_of_a_visitor_needs_a_token(visitor: Browser, log: Log) -> None:
    response = visitor.client.post("/auth/login", data={"email": "x@example.com"})

    assert response.status_code == 400
    assert "csrf_check_failed" in {event["event"] for event in log()}
