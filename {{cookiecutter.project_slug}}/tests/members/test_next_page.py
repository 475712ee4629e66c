"""Where somebody goes on after logging in."""

import pytest
from flask import Flask

from service.members.next_page import here, next_page
from tests.members.visitor import Visitor

HOSTILE = [
    "//evil.invalid",
    "///evil.invalid",
    "////evil.invalid",
    "/\\evil.invalid",
    "\\\\evil.invalid",
    "\\/evil.invalid",
    "/\\/evil.invalid",
    "http://evil.invalid",
    "http:///evil.invalid",
    "http:evil.invalid",
    "https:evil.invalid",
    "HTTPS://evil.invalid",
    "javascript:alert(1)",
    "data:text/html,hello",
    "ftp://evil.invalid",
    "evil.invalid",
    "@evil.invalid",
    "/\t/evil.invalid",
    "/\n/evil.invalid",
    "\t//evil.invalid",
    " //evil.invalid",
    "/ /evil.invalid",
    "/%09/evil.invalid",
    "/%0a/evil.invalid",
    "/%2f/evil.invalid",
    "/%5cevil.invalid",
    "//h@evil.invalid",
    "//[::1",
    "/\x00/evil.invalid",
    "/questions\r\nSet-Cookie: x=1",
    "/questions%0d%0aSet-Cookie:x=1",
    "/\x7f/evil.invalid",
    "/" + "x" * 2001,
    "?next=//evil.invalid",
    "#//evil.invalid",
    "",
]
OURS = [
    "/",
    "/?q=flask&sort=unanswered",
    "/questions/1?a=b#c",
    "/main/question/7#answer-9",
    "/?q=http://example.com//x",
    "/?q=%5c%20",
    "/#//x",
    "/한글?q=한글",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_leads_elsewhere_is_refused(text: str) -> None:
    """F01, F03, R5.07."""
    assert next_page(text) is None


@pytest.mark.parametrize("text", OURS)
def test_a_path_on_this_site_is_kept_as_it_is(text: str) -> None:
    """F02."""
    assert next_page(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_who_logs_in_is_never_led_elsewhere(bea: Visitor, text: str) -> None:
    """F01, F03: the same through the page, which a member need not fill in again."""
    response = bea.client.get("/auth/login", query_string={"next": text})

    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert len(response.headers.getlist("Set-Cookie")) <= 1


def test_query_and_fragment_are_honoured_after_logging_in(bea: Visitor) -> None:
    """F02."""
    again = Visitor(bea.app)

    response = again.log_in("Bea", address="?next=/main/question/1%3Fafter%3D1.2%23answer-7")

    assert response.headers["Location"] == "/main/question/1?after=1.2#answer-7"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        pytest.param("GET", "/", None, id="the first page is where one goes anyway"),
        pytest.param("GET", "/?q=so%20it%20is", "/?q=so%20it%20is", id="a search"),
        pytest.param("GET", "/main/question", "/main/question", id="a page"),
        pytest.param("POST", "/main/question", None, id="what was sent is not sent again"),
        pytest.param("GET", "/auth/login?next=/x", "/x", id="the log-in hands on what it has"),
        pytest.param("GET", "/auth/register?next=//x", None, id="but nothing that leads elsewhere"),
    ],
)
def test_a_page_says_where_to_come_back_to(
    app: Flask, method: str, path: str, expected: str | None
) -> None:
    with app.test_request_context(path, method=method):
        assert here() == expected
