"""Members in Chromium: registering, logging in and out, writing, voting, several tabs."""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsers import THEMES, seeded_site
from tests.conftest import Project

PASSWORD = "a long walk by the sea"  # noqa: S105  # Nobody's.
OF_STRANGERS = ["/", "/?sort=votes", "/main/question/1", "/auth/login", "/auth/register"]
OF_MEMBERS = [
    "/", "/main/question", "/main/question/1", "/api/v1/docs", "/auth/sessions", "/auth/password",
    "/nothing/here",
]  # fmt: skip


@pytest.fixture(scope="session", params=THEMES)
def site(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Iterator[str]:
    """Serve a project of the theme, in which members ask and answer."""
    with seeded_site(bake_once, auth="jwt", bootstrap=request.param) as address:
        yield address


@pytest.fixture
def name() -> str:
    """Make up a name that nobody has."""
    return f"Bea {uuid4().hex[:8]}"


@pytest.fixture
def member(site: str, page: Page, name: str) -> Page:
    """Open a page, and become a member on it."""
    page.goto(f"{site}/auth/register")
    page.get_by_label("E-mail address").fill(address_of(name))
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Register").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    return page


def address_of(name: str) -> str:
    """Return the e-mail address of a member."""
    return f"{name.replace(' ', '.')}@example.com"


def log_in(page: Page, name: str) -> None:
    """Fill in the form to log in, which the page shows."""
    page.get_by_label("E-mail address").fill(address_of(name))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def ask(page: Page, site: str, title: str) -> None:
    """Ask a question, and see its page."""
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Details").fill("In detail.")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def answer(page: Page, text: str) -> None:
    """Answer the question on the page."""
    page.get_by_label("Your answer").fill(text)
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_text(text)).to_be_visible()


def violations(page: Page) -> list[object]:
    """Return what keeps somebody from using the page."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def worse_than_a_status(complaints: list[str]) -> list[str]:
    """Return the complaints but for the line about a page that is not there, as it should be."""
    return [said for said in complaints if "status of 4" not in said]


@pytest.mark.parametrize("path", OF_STRANGERS)
def test_a_stranger_meets_pages_that_everybody_can_use(
    site: str, page: Page, complaints: list[str], path: str
) -> None:
    """E11."""
    page.goto(site + path)

    assert (violations(page), worse_than_a_status(complaints)) == ([], [])


@pytest.mark.parametrize("path", OF_MEMBERS)
def test_a_member_meets_pages_that_everybody_can_use(
    site: str, member: Page, complaints: list[str], path: str
) -> None:
    """E11."""
    member.goto(site + path)

    assert (violations(member), worse_than_a_status(complaints)) == ([], [])


def test_the_buttons_of_a_post_can_be_used_by_everybody(
    site: str, member: Page, complaints: list[str]
) -> None:
    # Else the colours are still on their way.
    member.emulate_media(reduced_motion="reduce")
    ask(member, site, "Can everybody press these?")
    answer(member, "I hope so.")
    member.get_by_role("button", name="Vote up").last.click()
    member.get_by_role("button", name="Accept").click()
    member.get_by_text("Delete", exact=True).first.click()

    assert (violations(member), worse_than_a_status(complaints)) == ([], [])


@pytest.mark.parametrize("width", [320, 768])
def test_no_page_of_a_member_is_wider_than_a_telephone(site: str, member: Page, width: int) -> None:
    ask(member, site, "Is it " + "very " * 30 + "wide?")
    own = member.url
    member.set_viewport_size({"width": width, "height": 700})

    for path in (own, f"{own}/edit", f"{site}/", f"{site}/auth/sessions"):
        member.goto(path)
        assert member.evaluate("document.documentElement.scrollWidth") <= width, path


def test_who_wants_to_ask_logs_in_and_goes_on(site: str, member: Page, name: str) -> None:
    member.get_by_role("button", name="Log out").click()
    member.get_by_role("link", name="Ask a question").click()

    log_in(member, name)

    expect(member).to_have_url(f"{site}/main/question")
    expect(member.get_by_role("heading", level=1)).to_have_text("Ask a question")


def test_a_member_changes_and_deletes_a_question(site: str, member: Page) -> None:
    ask(member, site, "Is this speled right?")
    own = member.url
    member.get_by_role("link", name="Edit").click()
    member.get_by_label("Title").fill("Is this spelled right?")
    member.get_by_role("button", name="Save").click()
    expect(member.get_by_role("heading", level=1)).to_have_text("Is this spelled right?")

    member.get_by_text("Delete", exact=True).click()
    member.get_by_role("button", name="Delete it for ever").click()

    expect(member).to_have_url(f"{site}/")
    member.goto(own)
    expect(member.get_by_text("404", exact=True)).to_be_visible()


def test_a_vote_is_pressed_and_taken_back(site: str, member: Page) -> None:
    ask(member, site, "Do you like it?")
    up = member.get_by_role("button", name="Vote up")

    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(member.get_by_role("article")).to_contain_text("1 vote")

    up.click()
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(member.get_by_role("article")).to_contain_text("0 votes")


def test_who_asked_accepts_an_answer(site: str, member: Page) -> None:
    ask(member, site, "Does this help?")
    answer(member, "It does.")

    member.get_by_role("button", name="Accept").click()
    expect(member.get_by_text("Accepted answer")).to_be_visible()

    member.get_by_role("button", name="Accept no longer").click()
    expect(member.get_by_text("Accepted answer")).not_to_be_visible()


def test_tabs_that_renew_at_once_stay_logged_in(
    site: str, member: Page, context: BrowserContext, name: str
) -> None:
    """C04: as many requests as a browser sends at the same time."""
    context.clear_cookies(name="access")

    shown = member.evaluate(
        """name => Promise.all([...Array(6)].map(
            () => fetch('/').then(answer => answer.text()).then(page => page.includes(name))
        ))""",
        name,
    )

    second_tab = context.new_page()
    second_tab.goto(site)
    member.reload()
    assert shown == [True] * 6
    for tab in (member, second_tab):
        expect(tab.get_by_role("link", name=name)).to_be_visible()


def test_what_was_typed_outlives_the_session(
    site: str, member: Page, context: BrowserContext, name: str
) -> None:
    """R5.01: logged out in one tab, while something was typed in another."""
    member.goto(f"{site}/main/question")
    member.get_by_label("Title").fill("Is it lost?")
    member.get_by_label("Details").fill("A long text.\n\nOf two paragraphs.")
    context.clear_cookies(name=re.compile("access|refresh"))
    member.get_by_role("button", name="Ask").click()
    with context.expect_page() as opened:
        member.get_by_role("link", name="Log in in a new tab").click()
    log_in(opened.value, name)
    expect(opened.value.get_by_role("link", name=name)).to_be_visible()

    # Once for the new session, in which the page's token is no longer good.
    for _ in range(2):
        member.get_by_role("button", name="Send again").click()

    expect(member.get_by_role("heading", level=1)).to_have_text("Is it lost?")
    expect(member.get_by_text("Of two paragraphs.")).to_be_visible()


def test_log_out_everywhere_reaches_every_browser(
    site: str, member: Page, chromium: Browser, name: str
) -> None:
    """C08."""
    elsewhere = chromium.new_context(locale="en-US")
    there = elsewhere.new_page()
    there.goto(f"{site}/auth/login")
    log_in(there, name)
    expect(there.get_by_role("link", name=name)).to_be_visible()
    member.goto(f"{site}/auth/sessions")
    expect(member.get_by_text("Last seen")).to_have_count(2)

    member.get_by_role("button", name="Log out everywhere").click()

    expect(member).to_have_url(f"{site}/")
    there.reload()
    for page in (member, there):
        expect(page.get_by_role("link", name="Log in")).to_be_visible()
    elsewhere.close()


def test_the_way_back_shows_nothing_after_the_log_out(site: str, member: Page, name: str) -> None:
    """R5.05."""
    member.goto(f"{site}/auth/sessions")
    member.get_by_role("button", name="Log out").first.click()
    expect(member.get_by_role("link", name="Log in")).to_be_visible()

    member.go_back()

    expect(member.get_by_role("heading", level=1)).to_have_text("Log in")
    assert name not in member.content()


def test_the_pages_of_a_member_speak_korean(site: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="ko-KR")

    page.goto(f"{site}/auth/login")

    expect(page.get_by_role("heading", level=1)).to_have_text("로그인")
    expect(page.get_by_label("이메일 주소")).to_be_visible()
    page.close()
