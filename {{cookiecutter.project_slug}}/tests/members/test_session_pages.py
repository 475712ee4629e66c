"""The page that lists a member's sessions, and the forms that end them."""

import pytest

from tests.members.browser import Browser
from tests.members.conftest import MakeMemberBrowser
from tests.page import Page

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture
def other_browser(bea: Browser) -> Browser:
    """Return a second browser, Firefox on Linux, that is logged in as Bea."""
    browser = Browser(bea.app)
    browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    browser.login("Bea")
    return browser


def test_member_sees_all_their_sessions(bea: Browser, other_browser: Browser) -> None:
    pages = [Page(browser.get("/auth/sessions").text) for browser in (bea, other_browser)]

    for page in pages:
        assert "Firefox · Linux" in page.text
        assert page.text.count("from 127.0.0.0/24") == 2
        assert page.text.count("Last active ") == 2
        assert page.text.count("Current session") == 1


def test_member_does_not_see_sessions_of_others(make_member_browser: MakeMemberBrowser) -> None:
    bea, cy = make_member_browser("Bea"), make_member_browser("Cy")

    page = cy.get("/auth/sessions").text

    assert page.count("/end") == 1
    assert (cy.session_id() in page, bea.session_id() in page) == (True, False)


def test_member_can_end_another_session(bea: Browser, other_browser: Browser) -> None:
    url = f"/auth/sessions/{other_browser.session_id()}/end"
    assert url in {form["action"] for form in Page(bea.get("/auth/sessions").text).all("form")}

    response = bea.submit(url)

    assert (response.status_code, response.headers["Location"]) == (303, "/auth/sessions")
    assert (bea.member_name(), other_browser.member_name()) == ("Bea", "")


def test_ending_the_current_session_logs_out(bea: Browser, other_browser: Browser) -> None:
    response = bea.submit(f"/auth/sessions/{bea.session_id()}/end")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert (bea.member_name(), bea.cookies()) == ("", {})
    assert other_browser.member_name() == "Bea"


def test_ending_an_ended_session_ends_like_the_first_time(
    bea: Browser, other_browser: Browser
) -> None:
    url = f"/auth/sessions/{other_browser.session_id()}/end"

    responses = [bea.submit(url) for _ in range(2)]

    assert [response.headers["Location"] for response in responses] == ["/auth/sessions"] * 2
    assert "The session has been ended." in bea.get("/auth/sessions").text


def test_session_of_another_member_cannot_be_ended(make_member_browser: MakeMemberBrowser) -> None:
    bea, cy = make_member_browser("Bea"), make_member_browser("Cy")

    response = cy.submit(f"/auth/sessions/{bea.session_id()}/end")

    assert (response.status_code, bea.member_name()) == (404, "Bea")


def test_member_can_log_out_everywhere(bea: Browser, other_browser: Browser) -> None:
    response = bea.submit("/auth/logout-all")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert response.headers["Clear-Site-Data"] == '"storage"'
    assert (bea.member_name(), bea.cookies()) == ("", {})
    assert other_browser.member_name() == ""


@pytest.mark.parametrize("path", ["/auth/logout-all", "/auth/sessions/x/end"])
def test_visitor_cannot_end_sessions(visitor: Browser, path: str) -> None:
    response = visitor.submit(path)

    assert (response.status_code, response.mimetype) == (401, "text/html")


def test_user_agent_is_escaped(bea: Browser) -> None:
    shape = Page(bea.get("/auth/sessions").text).shape()
    bea.submit("/auth/logout")
    bea.client.environ_base["HTTP_USER_AGENT"] = "<script>alert(1)</script>" * 20

    bea.login("Bea")
    assert bea.member_name() == "Bea"

    page = Page(bea.get("/auth/sessions").text)
    assert page.shape() == shape
    assert "<script>alert(1)</script>" in page.text
