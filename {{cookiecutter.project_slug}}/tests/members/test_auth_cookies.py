"""The cookies that hold a member's tokens, and how requests for pages refresh the tokens."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from service.accounts.models import RefreshToken, Session
from service.accounts.refresh_tokens import RETRY_PERIOD
from service.board.models import Question
from service.database.columns import now
from service.extensions import db
from tests.members.browser import PASSWORD, Browser
from tests.members.conftest import MakeMemberBrowser
from tests.page import Page

HOST = "https://example.com"
COOKIE_ATTRIBUTES = {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}


def set_cookie_names(response: TestResponse) -> set[str]:
    """Return the names of the cookies that a response sets or deletes."""
    return {name for line in response.headers.getlist("Set-Cookie") for name in parse_cookie(line)}


def token_cookie_names(response: TestResponse) -> set[str]:
    """Return the names of the cookies with tokens that a response sets or deletes."""
    return set_cookie_names(response) & {"access", "refresh"}


@pytest.fixture
def end_retry_period(app: Flask) -> Callable[[], None]:
    """Return a function that ends the retry period of every used refresh token."""

    def end() -> None:
        with app.app_context():
            used = db.update(RefreshToken).where(RefreshToken.used_at.is_not(None))
            earlier = now() - RETRY_PERIOD - timedelta(seconds=1)
            db.session.execute(used.values(used_at=earlier))
            db.session.commit()

    return end


@pytest.mark.parametrize("owner", ["a visitor", "another member", "the same member"])
def test_csrf_token_belongs_to_one_session(
    app: Flask, bea: Browser, make_member_browser: MakeMemberBrowser, owner: str
) -> None:
    other = Browser(app) if owner == "a visitor" else make_member_browser("Cy")
    if owner == "the same member":
        other.login("Bea")
    token = other.csrf_token()
    bea.client.set_cookie("session", other.cookies()["session"])

    response = bea.client.post("/auth/logout", data={"csrf_token": token})

    assert (response.status_code, bea.member_name()) == (400, "Bea")
    assert other.client.post("/auth/logout", data={"csrf_token": token}).status_code == 303


def test_every_page_shows_the_member_name(bea: Browser, question_id: int) -> None:
    pages = ["/", "/main/question", f"/main/question/{question_id}", "/api/v1/docs", "/nowhere"]

    assert [bea.member_name(page) for page in pages] == ["Bea"] * len(pages)


@pytest.mark.parametrize("encoding", ["", "chunked"])
def test_page_for_a_body_that_is_too_large_does_not_show_a_member_as_logged_out(
    bea: Browser, encoding: str
) -> None:
    body = b"x" * 600_000
    environ = {"HTTP_TRANSFER_ENCODING": encoding, "wsgi.input_terminated": True}

    response = bea.client.post(
        "/main/question", data=body, environ_overrides=environ if encoding else {}
    )

    links = {link["href"] for link in Page(response.text).all("a")}
    assert (response.status_code, links & {"/auth/login", "/auth/register"}) == (413, set())


def test_visitor_sees_links_to_log_in_and_register(visitor: Browser) -> None:
    page = Page(visitor.get("/?q=treasure").text)

    urls = {attributes["href"] for attributes in page.all("a")}
    assert {"/auth/login?next=/?q%3Dtreasure", "/auth/register?next=/?q%3Dtreasure"} <= urls


def test_all_cookies_have_security_attributes_in_production(production_app: Flask) -> None:
    client = production_app.test_client()
    headers: list[str] = []

    def send(method: str, path: str, **fields: str) -> TestResponse:
        response = client.open(
            path, method=method, base_url=HOST, data=fields, headers={"Referer": HOST}
        )
        headers.extend(response.headers.getlist("Set-Cookie"))
        return response

    token = Page(send("GET", "/auth/register").text).fields["csrf_token"]
    registration = {"email": "bea@example.com", "name": "Bea", "password": PASSWORD}
    assert send("POST", "/auth/register", csrf_token=token, **registration).status_code == 303
    token = Page(send("GET", "/main/question").text).fields["csrf_token"]
    assert send("POST", "/auth/logout", csrf_token=token).status_code == 303

    names = {name for header in headers for name in parse_cookie(header)}
    assert {"__Host-access", "__Host-refresh", "__Host-session"} <= names
    for header in headers:
        value, *attributes = [part.strip() for part in header.split(";")]
        assert value.startswith("__Host-")
        assert set(attributes) >= COOKIE_ATTRIBUTES
        assert not [attribute for attribute in attributes if attribute.startswith("Domain")]
        assert len(header) < 4096


def test_cookies_expire_with_their_tokens(visitor: Browser) -> None:
    visitor.register("Bea")

    ages = {name: visitor.client.get_cookie(name) for name in ("access", "refresh")}

    assert {name: cookie and cookie.max_age for name, cookie in ages.items()} == {
        "access": 15 * 60,
        "refresh": 14 * 24 * 3600,
    }


def test_api_ignores_cookies(bea: Browser) -> None:
    statuses = [
        bea.client.get("/api/v1/auth/me").status_code,
        bea.client.post("/api/v1/auth/logout-all").status_code,
    ]

    assert (statuses, bea.member_name()) == ([401, 401], "Bea")


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/static/site.css", "/healthz", "/readyz"])
def test_other_requests_do_not_refresh_tokens(bea: Browser, path: str) -> None:
    bea.expire_access_token()

    assert token_cookie_names(bea.get(path)) == set()


@pytest.mark.parametrize("path", ["/", "/main/question", "/auth/sessions", "/nowhere"])
def test_get_request_refreshes_tokens(bea: Browser, path: str) -> None:
    before = bea.cookies()["refresh"]
    bea.expire_access_token()

    response = bea.get(path)

    assert ">Bea</span>" in response.text
    assert token_cookie_names(response) == {"access", "refresh"}
    assert bea.cookies()["refresh"] != before


def test_post_request_refreshes_tokens(app: Flask, bea: Browser) -> None:
    token = bea.csrf_token()
    bea.expire_access_token()

    question = {"csrf_token": token, "title": "Am I still here?", "body": "Yes."}
    response = bea.client.post("/main/question", data=question)

    assert (response.status_code, token_cookie_names(response)) == (303, {"access", "refresh"})
    with app.app_context():
        assert db.session.scalars(db.select(Question.title)).all() == ["Am I still here?"]


def test_new_tokens_are_sent_with_an_error_page(
    make_app: Callable[..., Flask], bea: Browser
) -> None:
    # Without the new cookies, the browser would keep a refresh token that is already used.
    app = make_app()
    app.add_url_rule("/fault", "fault", lambda: str(1 // 0))
    browser = Browser(app, {"refresh": bea.cookies()["refresh"]})

    response = browser.get("/fault")

    assert (response.status_code, token_cookie_names(response)) == (500, {"access", "refresh"})
    assert browser.member_name() == "Bea"


def test_member_stays_logged_in_when_the_jwt_key_is_replaced(
    make_app: Callable[..., Flask], bea: Browser
) -> None:
    app = make_app(JWT_KEYS="a new key that has not signed any token")

    assert Browser(app, bea.cookies()).member_name() == "Bea"


@pytest.mark.slow
def test_tabs_that_refresh_concurrently_stay_logged_in(app: Flask, bea: Browser) -> None:
    refresh = {"refresh": bea.cookies()["refresh"]}

    def open_tab(_number: int) -> tuple[str, dict[str, str]]:
        tab = Browser(app, refresh)
        return tab.member_name(), tab.cookies()

    with ThreadPoolExecutor(8) as threads:
        tabs = list(threads.map(open_tab, range(8)))

    assert [name for name, _cookies in tabs] == ["Bea"] * 8
    [new_token] = {cookies["refresh"] for _name, cookies in tabs}
    assert Browser(app, {"refresh": new_token}).member_name() == "Bea"


def test_browser_stays_logged_in_after_a_lost_response(app: Flask, bea: Browser) -> None:
    asleep = Browser(app, {"refresh": bea.cookies()["refresh"]})
    bea.expire_access_token()
    lost = bea.get("/")

    response = asleep.get("/main/question")

    assert response.status_code == lost.status_code == 200
    assert token_cookie_names(response) == {"access", "refresh"}
    assert asleep.cookies()["refresh"] == bea.cookies()["refresh"]
    assert (asleep.member_name(), bea.member_name()) == ("Bea", "Bea")


def test_form_can_be_submitted_after_a_lost_response(app: Flask, bea: Browser) -> None:
    token = bea.csrf_token()
    late_browser = Browser(app, {name: bea.cookies()[name] for name in ("refresh", "session")})
    bea.expire_access_token()
    bea.get("/")

    question = {"csrf_token": token, "title": "Is this too late?", "body": "No."}
    response = late_browser.client.post("/main/question", data=question)

    assert response.status_code == 303


def test_reuse_of_a_refresh_token_ends_the_session_for_thief_and_victim(
    app: Flask, bea: Browser, end_retry_period: Callable[[], None]
) -> None:
    thief = Browser(app, {"refresh": bea.cookies()["refresh"]})
    bea.expire_access_token()
    bea.get("/")
    end_retry_period()

    stolen = thief.member_name()

    assert (stolen, thief.cookies(), bea.member_name()) == ("", {}, "")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("x", id="one character"),
        pytest.param("x" * 3000, id="3 kB"),
        pytest.param("a.b.c", id="shape of a JWT"),
        pytest.param("é\x00", id="invalid characters"),
        pytest.param("' OR '1'='1", id="SQL"),
    ],
)
def test_invalid_tokens_are_deleted(visitor: Browser, token: str) -> None:
    visitor.client.set_cookie("access", token)
    visitor.client.set_cookie("refresh", token)

    response = visitor.get("/")

    assert (response.status_code, token_cookie_names(response)) == (200, {"access", "refresh"})
    assert visitor.cookies() == {}


def test_forged_session_cookie_is_ignored(visitor: Browser) -> None:
    visitor.client.set_cookie("session", "eyJfdXNlcl9pZCI6MX0.aaaa.bbbb")

    assert (visitor.get("/").status_code, visitor.member_name()) == (200, "")


def test_revoked_session_is_logged_out_at_the_next_request(app: Flask, bea: Browser) -> None:
    with app.app_context():
        db.session.execute(db.update(Session).values(revoked_at=now()))
        db.session.commit()

    assert (bea.member_name(), bea.cookies().keys() & {"access", "refresh"}) == ("", set())


@pytest.mark.parametrize("path", ["/", "/main/question", "/auth/sessions", "/nowhere"])
def test_page_of_a_member_is_not_cached(bea: Browser, path: str) -> None:
    response = bea.get(path)

    assert response.headers["Cache-Control"] == "no-store"
    assert set(response.vary) == {"Cookie", "Accept-Language"}


def test_page_of_a_visitor_may_be_cached(visitor: Browser) -> None:
    response = visitor.get("/")

    assert "no-store" not in response.headers.get("Cache-Control", "")
    assert "Cookie" in response.vary
    assert "Set-Cookie" not in response.headers


def test_loading_the_member_takes_one_query(bea: Browser, statements: list[str]) -> None:
    bea.get("/nowhere")

    assert len([statement for statement in statements if "SELECT" in statement]) == 1


def test_visitor_causes_no_query(visitor: Browser, statements: list[str]) -> None:
    visitor.get("/auth/login")

    assert statements == []


def test_outage_causes_one_query_and_no_cookie(
    bea: Browser, statements: list[str], outage: None
) -> None:
    response = bea.get("/")

    assert outage is None
    assert (response.status_code, token_cookie_names(response), len(statements)) == (503, set(), 1)
