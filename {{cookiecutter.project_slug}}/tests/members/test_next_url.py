"""The URL to return to after logging in."""

from urllib.parse import quote

import pytest
from flask import Flask

from service.members.next_url import next_param, safe_next_url
from tests.members.browser import Browser

UNSAFE_URLS = [
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
SAFE_URLS = [
    "/",
    "/?q=flask&sort=unanswered",
    "/questions/1?a=b#c",
    "/main/question/7#answer-9",
    "/?q=http://example.com//x",
    "/?q=%5c%20",
    "/#//x",
    "/한글?q=한글",
]


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_unsafe_url_is_rejected(url: str) -> None:
    assert safe_next_url(url) is None


@pytest.mark.parametrize("url", SAFE_URLS)
def test_local_url_is_returned_unchanged(url: str) -> None:
    assert safe_next_url(url) == url


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_login_page_does_not_redirect_a_member_to_another_site(bea: Browser, url: str) -> None:
    response = bea.client.get("/auth/login", query_string={"next": url})

    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert len(response.headers.getlist("Set-Cookie")) <= 1


@pytest.mark.parametrize("url", UNSAFE_URLS)
def test_login_does_not_redirect_to_another_site(bea: Browser, url: str) -> None:
    browser = Browser(bea.app)

    response = browser.login("Bea", query=f"?next={quote(url)}")

    assert (response.status_code, response.headers["Location"]) == (303, "/")


def test_query_and_fragment_are_kept_after_logging_in(bea: Browser) -> None:
    browser = Browser(bea.app)

    response = browser.login("Bea", query="?next=/main/question/1%3Fafter%3D1.2%23answer-7")

    assert response.headers["Location"] == "/main/question/1?after=1.2#answer-7"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        pytest.param("GET", "/", None, id="list of questions, the default"),
        pytest.param("GET", "/?q=so%20it%20is", "/?q=so%20it%20is", id="search"),
        pytest.param("GET", "/main/question", "/main/question", id="page"),
        pytest.param("POST", "/main/question", None, id="POST is not repeated"),
        pytest.param("GET", "/auth/login?next=/x", "/x", id="login page keeps its own next"),
        pytest.param(
            "GET", "/auth/register?next=//x", None, id="registration page drops an unsafe next"
        ),
    ],
)
def test_login_link_contains_the_url_to_return_to(
    app: Flask, method: str, path: str, expected: str | None
) -> None:
    with app.test_request_context(path, method=method):
        assert next_param() == expected


@pytest.mark.parametrize(
    ("referrer", "expected"),
    [
        pytest.param(
            "http://localhost/main/question/1?after=x", "/main/question/1?after=x", id="own"
        ),
        pytest.param("http://localhost.evil.invalid/", "/main/question/1", id="similar host"),
        pytest.param("http://localhost@evil.invalid/", "/main/question/1", id="user name"),
        pytest.param("https://evil.invalid/main", "/main/question/1", id="other host"),
        pytest.param("http://[::1", "/main/question/1", id="malformed"),
        pytest.param("/main", "/main", id="relative"),
    ],
)
def test_login_link_after_a_post_request_leads_to_the_page_of_the_form_or_to_the_question(
    app: Flask, referrer: str, expected: str
) -> None:
    headers = {"Referer": referrer}
    with app.test_request_context("/main/question/1/vote", method="POST", headers=headers):
        assert next_param() == expected
