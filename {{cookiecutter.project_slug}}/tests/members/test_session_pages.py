"""The page on which a member sees where they are logged in."""

from collections.abc import Callable

import pytest

from tests.members.visitor import Visitor
from tests.page import Page

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture
def elsewhere(bea: Visitor) -> Visitor:
    """Log the member in at another device."""
    browser = Visitor(bea.app)
    browser.client.environ_base["HTTP_USER_AGENT"] = AGENT
    browser.log_in("Bea")
    return browser


def test_a_member_sees_each_of_their_sessions(bea: Visitor, elsewhere: Visitor) -> None:
    """R4.08."""
    pages = [Page(browser.get("/auth/sessions").text) for browser in (bea, elsewhere)]

    for page in pages:
        assert "Firefox · Linux" in page.text
        assert page.text.count("From 127.0.0.0/24, since ") == 2
        assert page.text.count("Last seen ") == 2
        assert page.text.count("This one") == 1


def test_a_member_sees_no_session_of_another(make_member: Callable[[str], Visitor]) -> None:
    """I08."""
    bea, cy = make_member("Bea"), make_member("Cy")

    page = cy.get("/auth/sessions").text

    assert page.count("/end") == 1
    assert (cy.session_id() in page, bea.session_id() in page) == (True, False)


def test_a_member_ends_another_session_of_theirs(bea: Visitor, elsewhere: Visitor) -> None:
    """R4.08."""
    address = f"/auth/sessions/{elsewhere.session_id()}/end"
    assert address in {form["action"] for form in Page(bea.get("/auth/sessions").text).all("form")}

    response = bea.send(address)

    assert (response.status_code, response.headers["Location"]) == (303, "/auth/sessions")
    assert (bea.name_shown(), elsewhere.name_shown()) == ("Bea", "")


def test_to_end_the_session_one_is_in_is_to_log_out(bea: Visitor, elsewhere: Visitor) -> None:
    response = bea.send(f"/auth/sessions/{bea.session_id()}/end")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert (bea.cookies(), elsewhere.name_shown()) == ({}, "Bea")


def test_nobody_ends_the_session_of_another(make_member: Callable[[str], Visitor]) -> None:
    """C20."""
    bea, cy = make_member("Bea"), make_member("Cy")

    response = cy.send(f"/auth/sessions/{bea.session_id()}/end")

    assert (response.status_code, bea.name_shown()) == (404, "Bea")


def test_a_member_logs_out_everywhere(bea: Visitor, elsewhere: Visitor) -> None:
    """C08."""
    response = bea.send("/auth/logout-all")

    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert (bea.cookies(), bea.name_shown(), elsewhere.name_shown()) == ({}, "", "")


@pytest.mark.parametrize("path", ["/auth/logout-all", "/auth/sessions/x/end"])
def test_only_a_member_ends_sessions(visitor: Visitor, path: str) -> None:
    """I01."""
    response = visitor.send(path)

    assert (response.status_code, response.mimetype) == (401, "text/html")


def test_what_a_device_calls_itself_is_harmless(bea: Visitor) -> None:
    """E04."""
    before = Page(bea.get("/auth/sessions").text).shape()
    bea.send("/auth/logout")
    bea.client.environ_base["HTTP_USER_AGENT"] = "<script>alert(1)</script>" * 20

    bea.log_in("Bea")

    page = Page(bea.get("/auth/sessions").text)
    assert page.shape() == before
    assert "<script>alert(1)</script>" in page.text
