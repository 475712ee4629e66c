"""A member's tokens in the browser: known on each page, renewed without a word."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from service.accounts.models import RefreshToken, Session
from service.accounts.sessions import GRACE_SECONDS
from service.board.models import Question
from service.core.columns import now
from service.extensions import db
from tests.members.visitor import PASSWORD, Visitor
from tests.page import Page

HOST = "https://example.com"
SECURITY = {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}


def names_set(response: TestResponse) -> set[str]:
    """Return the names of the cookies that an answer sets."""
    return {name for line in response.headers.getlist("Set-Cookie") for name in parse_cookie(line)}


def tokens_set(response: TestResponse) -> set[str]:
    """Return which tokens an answer sets."""
    return names_set(response) & {"access", "refresh"}


@pytest.fixture
def let_grace_pass(app: Flask) -> Callable[[], None]:
    """Let every token that was used have been used long ago."""

    def age() -> None:
        with app.app_context():
            used = db.update(RefreshToken).where(RefreshToken.used_at.is_not(None))
            earlier = now() - timedelta(seconds=GRACE_SECONDS + 1)
            db.session.execute(used.values(used_at=earlier))
            db.session.commit()

    return age


def test_every_page_knows_the_member(bea: Visitor, question_id: int) -> None:
    pages = ["/", "/main/question", f"/main/question/{question_id}", "/api/v1/docs", "/nowhere"]

    assert [bea.name_shown(page) for page in pages] == ["Bea"] * len(pages)


def test_who_is_no_member_is_asked_to_log_in(visitor: Visitor) -> None:
    page = Page(visitor.get("/?q=treasure").text)

    addresses = {attributes["href"] for attributes in page.all("a")}
    assert {"/auth/login?next=/?q%3Dtreasure", "/auth/register?next=/?q%3Dtreasure"} <= addresses


def test_the_cookies_are_out_of_reach_in_production(production: Flask) -> None:
    """C18, R4.10: every cookie from the registration to the log-out."""
    client = production.test_client()
    headers: list[str] = []

    def step(method: str, path: str, **fields: str) -> TestResponse:
        response = client.open(
            path, method=method, base_url=HOST, data=fields, headers={"Referer": HOST}
        )
        headers.extend(response.headers.getlist("Set-Cookie"))
        return response

    token = Page(step("GET", "/auth/register").text).fields["csrf_token"]
    about = {"email": "bea@example.com", "name": "Bea", "password": PASSWORD}
    assert step("POST", "/auth/register", csrf_token=token, **about).status_code == 303
    token = Page(step("GET", "/main/question").text).fields["csrf_token"]
    assert step("POST", "/auth/logout", csrf_token=token).status_code == 303

    names = {name for header in headers for name in parse_cookie(header)}
    assert {"__Host-access", "__Host-refresh", "__Host-session"} <= names
    for header in headers:
        value, *attributes = [part.strip() for part in header.split(";")]
        assert value.startswith("__Host-")
        assert set(attributes) >= SECURITY
        assert not [attribute for attribute in attributes if attribute.startswith("Domain")]
        assert len(header) < 4096


def test_the_cookies_live_as_long_as_their_tokens(visitor: Visitor) -> None:
    visitor.register("Bea")

    ages = {name: visitor.client.get_cookie(name) for name in ("access", "refresh")}

    assert {name: cookie and cookie.max_age for name, cookie in ages.items()} == {
        "access": 15 * 60,
        "refresh": 14 * 24 * 3600,
    }


def test_the_api_reads_no_cookie(bea: Visitor) -> None:
    """D05, R4.03."""
    statuses = [
        bea.client.get("/api/v1/auth/me").status_code,
        bea.client.post("/api/v1/auth/logout-all").status_code,
    ]

    assert (statuses, bea.name_shown()) == ([401, 401], "Bea")


@pytest.mark.parametrize("path", ["/api/v1/auth/me", "/static/site.css", "/healthz", "/readyz"])
def test_only_pages_renew_a_session(bea: Visitor, path: str) -> None:
    bea.wait_for_renewal()

    assert tokens_set(bea.get(path)) == set()


@pytest.mark.parametrize("path", ["/", "/main/question", "/auth/sessions", "/nowhere"])
def test_a_session_is_renewed_by_reading(bea: Visitor, path: str) -> None:
    before = bea.cookies()["refresh"]
    bea.wait_for_renewal()

    response = bea.get(path)

    assert ">Bea</a>" in response.text
    assert tokens_set(response) == {"access", "refresh"}
    assert bea.cookies()["refresh"] != before


def test_a_session_is_renewed_by_sending(app: Flask, bea: Visitor) -> None:
    token = bea.token()
    bea.wait_for_renewal()

    question = {"csrf_token": token, "title": "Am I still here?", "body": "Yes."}
    response = bea.client.post("/main/question", data=question)

    assert (response.status_code, tokens_set(response)) == (303, {"access", "refresh"})
    with app.app_context():
        assert db.session.scalars(db.select(Question.title)).all() == ["Am I still here?"]


def test_a_renewal_outlives_the_failure_of_its_page(
    make_app: Callable[..., Flask], bea: Visitor
) -> None:
    """Else the browser would send a token that is used up."""
    app = make_app()
    app.add_url_rule("/fault", "fault", lambda: str(1 // 0))
    faulty = Visitor(app, {"refresh": bea.cookies()["refresh"]})

    response = faulty.get("/fault")

    assert (response.status_code, tokens_set(response)) == (500, {"access", "refresh"})
    assert faulty.name_shown() == "Bea"


def test_a_session_goes_on_when_the_key_of_its_access_token_is_gone(
    make_app: Callable[..., Flask], bea: Visitor
) -> None:
    """Z40."""
    renewed = make_app(JWT_KEYS="a new key that has signed no token until now")

    assert Visitor(renewed, bea.cookies()).name_shown() == "Bea"


@pytest.mark.slow
def test_tabs_that_renew_at_once_stay_logged_in(app: Flask, bea: Visitor) -> None:
    """C04: one of them gets the new tokens, which are good for all."""
    refresh = {"refresh": bea.cookies()["refresh"]}

    def open_tab(_number: int) -> tuple[str, dict[str, str]]:
        tab = Visitor(app, refresh)
        return tab.name_shown(), tab.cookies()

    with ThreadPoolExecutor(8) as threads:
        tabs = list(threads.map(open_tab, range(8)))

    brought = [cookies for _name, cookies in tabs if "access" in cookies]
    assert [name for name, _cookies in tabs] == ["Bea"] * 8
    assert len(brought) == 1
    brought[0].pop("access")
    assert Visitor(app, brought[0]).name_shown() == "Bea"


def test_a_tab_that_comes_a_moment_later_stays_logged_in(app: Flask, bea: Visitor) -> None:
    late = Visitor(app, {"refresh": bea.cookies()["refresh"]})
    bea.wait_for_renewal()
    bea.get("/")

    response = late.get("/main/question")

    assert (response.status_code, tokens_set(response)) == (200, set())
    assert bea.name_shown() == "Bea"


def test_a_tab_that_sends_a_moment_later_is_heard(app: Flask, bea: Visitor) -> None:
    token = bea.token()
    late = Visitor(app, {name: bea.cookies()[name] for name in ("refresh", "session")})
    bea.wait_for_renewal()
    bea.get("/")

    question = {"csrf_token": token, "title": "Do you hear me?", "body": "Yes."}
    response = late.client.post("/main/question", data=question)

    assert response.status_code == 303


def test_a_token_used_long_ago_ends_the_session_of_thief_and_victim(
    app: Flask, bea: Visitor, let_grace_pass: Callable[[], None]
) -> None:
    """C02, C03."""
    thief = Visitor(app, {"refresh": bea.cookies()["refresh"]})
    bea.wait_for_renewal()
    bea.get("/")
    let_grace_pass()

    stolen = thief.name_shown()

    assert (stolen, thief.cookies(), bea.name_shown()) == ("", {}, "")


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("x", id="one letter"),
        pytest.param("x" * 3000, id="three kilobytes"),
        pytest.param("a.b.c", id="three parts"),
        pytest.param("é\x00", id="no token's characters"),
        pytest.param("' OR '1'='1", id="SQL"),
    ],
)
def test_tokens_that_are_none_are_taken_away(visitor: Visitor, token: str) -> None:
    """C15."""
    visitor.client.set_cookie("access", token)
    visitor.client.set_cookie("refresh", token)

    response = visitor.get("/")

    assert (response.status_code, tokens_set(response)) == (200, {"access", "refresh"})
    assert visitor.cookies() == {}


def test_a_forged_session_cookie_is_nobodys(visitor: Visitor) -> None:
    """C15."""
    visitor.client.set_cookie("session", "eyJfdXNlcl9pZCI6MX0.aaaa.bbbb")

    assert (visitor.get("/").status_code, visitor.name_shown()) == (200, "")


def test_a_session_that_has_ended_is_over_on_the_next_page(app: Flask, bea: Visitor) -> None:
    """R4.07."""
    with app.app_context():
        db.session.execute(db.update(Session).values(revoked_at=now()))
        db.session.commit()

    assert (bea.name_shown(), bea.cookies().keys() & {"access", "refresh"}) == ("", set())


@pytest.mark.parametrize("path", ["/", "/main/question", "/auth/sessions", "/nowhere"])
def test_nobody_keeps_a_page_of_a_member(bea: Visitor, path: str) -> None:
    """R5.05."""
    response = bea.get(path)

    assert response.headers["Cache-Control"] == "no-store"
    assert set(response.headers.getlist("Vary")) == {"Cookie", "Accept-Language"}


def test_a_page_for_everybody_may_be_kept(visitor: Visitor) -> None:
    response = visitor.get("/")

    assert "no-store" not in response.headers.get("Cache-Control", "")
    assert "Cookie" in response.vary
    assert "Set-Cookie" not in response.headers


def test_to_know_the_member_takes_one_statement(bea: Visitor, statements: list[str]) -> None:
    bea.get("/nowhere")

    assert len([statement for statement in statements if "SELECT" in statement]) == 1


def test_a_visitor_costs_no_statement(visitor: Visitor, statements: list[str]) -> None:
    visitor.get("/auth/login")

    assert statements == []


def test_an_outage_costs_one_try_and_no_cookie(
    bea: Visitor, statements: list[str], outage: None
) -> None:
    """R7.03: the page that says so asks nothing."""
    response = bea.get("/")

    assert outage is None
    assert (response.status_code, tokens_set(response), len(statements)) == (503, set(), 1)
