"""The pages for members in Chromium: registration, login, posts, votes and sessions."""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browsers import (
    LOCALES,
    THEMES,
    accessibility_violations,
    browser_context,
    follow,
    overflowing_widths,
    serve_seeded_site,
    submit,
)
from tests.conftest import Project

PASSWORD = "a long walk by the sea"  # noqa: S105 - Of test accounts.
# In pixels, between the links and the search field.
MINIMUM_DISTANCE = 16
PUBLIC_PAGES = [
    "/", "/?sort=votes", "/main/question/1", "/members/1", "/auth/login", "/auth/register",
]  # fmt: skip
MEMBER_PAGES = [
    "/", "/main/question", "/main/question/1", "/api/v1/docs", "/auth/sessions", "/auth/password",
    "/auth/profile", "/auth/export", "/auth/delete", "/nothing/here",
]  # fmt: skip


@pytest.fixture(scope="session", params=THEMES)
def site(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Iterator[str]:
    """Yield the address of a project with the theme and with accounts."""
    with serve_seeded_site(bake_once, auth="jwt", bootstrap=request.param) as address:
        yield address


@pytest.fixture
def name() -> str:
    """Return a display name that no member has: a long one of a single word."""
    return uuid4().hex[:8] + "W" * 32


@pytest.fixture
def member_page(site: str, page: Page, name: str) -> Page:
    """Return a page in which a new member is logged in."""
    register(page, site, name)
    return page


def register(page: Page, site: str, name: str) -> None:
    """Register a member, who is then logged in. The page may be in any language."""
    page.goto(f"{site}/auth/register")
    form = page.get_by_role("main")
    form.locator("[name=email]").fill(email_address(name))
    form.locator("[name=name]").fill(name)
    form.locator("[name=password]").fill(PASSWORD)
    form.locator("[name=password]").press("Enter")
    expect(account_button(page, name)).to_be_visible()


def account_button(page: Page, name: str) -> Locator:
    """Return the button with the member's name, which opens the account menu."""
    return page.get_by_role("button", name=name)


def log_out(page: Page, name: str) -> None:
    """Log out with the account menu."""
    account_button(page, name).click()
    page.get_by_role("navigation", name="Account").get_by_role("button", name="Log out").click()


def email_address(name: str) -> str:
    """Return the email address of the member with this name."""
    return f"{name.replace(' ', '.')}@example.com"


def login(page: Page, name: str) -> None:
    """Fill in and submit the login form that the page shows."""
    page.get_by_label("Email address").fill(email_address(name))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def ask(page: Page, site: str, title: str) -> None:
    """Ask a question; the page then shows it."""
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Details").fill("In detail.")
    submit(page, "Post your question")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def answer(page: Page, text: str) -> None:
    """Answer the question that the page shows."""
    page.get_by_label("Your answer").fill(text)
    submit(page, "Post your answer")
    expect(page.get_by_text(text)).to_be_visible()


def unexpected_errors(browser_errors: list[str]) -> list[str]:
    """Return the errors except those that report a response with a 4xx status."""
    return [error for error in browser_errors if "status of 4" not in error]


@pytest.mark.parametrize("locale", LOCALES)
def test_public_pages_are_accessible(site: str, chromium: Browser, locale: str) -> None:
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        for path in PUBLIC_PAGES:
            page.goto(site + path)
            assert (path, accessibility_violations(page)) == (path, [])


@pytest.mark.parametrize("locale", LOCALES)
def test_pages_of_a_member_are_accessible(
    site: str, chromium: Browser, name: str, locale: str
) -> None:
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        register(page, site, name)
        for path in MEMBER_PAGES:
            page.goto(site + path)
            assert (path, accessibility_violations(page)) == (path, [])


def test_pages_of_a_member_cause_no_browser_error(
    site: str, member_page: Page, browser_errors: list[str]
) -> None:
    for path in MEMBER_PAGES:
        member_page.goto(site + path)

    assert unexpected_errors(browser_errors) == []


def test_buttons_of_a_post_are_accessible(
    site: str, member_page: Page, browser_errors: list[str]
) -> None:
    ask(member_page, site, "Can everybody press these?")
    answer(member_page, "I hope so.")
    member_page.get_by_role("button", name="Vote up").last.click()
    member_page.get_by_role("button", name="Accept").click()

    assert (accessibility_violations(member_page), unexpected_errors(browser_errors)) == ([], [])


def test_confirmation_of_a_deletion_is_accessible(
    site: str, member_page: Page, browser_errors: list[str]
) -> None:
    ask(member_page, site, "Can everybody read this?")
    follow(member_page, "Delete")
    expect(member_page.get_by_role("heading", level=1)).to_have_text("Delete the question?")

    assert (accessibility_violations(member_page), unexpected_errors(browser_errors)) == ([], [])


def test_page_with_long_words_cannot_be_scrolled_sideways(site: str, member_page: Page) -> None:
    ask(member_page, site, "https://example.com/" + "a" * 180)
    question_url = member_page.url
    text = f"{'b' * 200}\n\n```\n{'code ' * 60}\n```\n\nThat is all."
    member_page.get_by_label("Your answer").fill(text)
    submit(member_page, "Post your answer")
    expect(member_page.get_by_text("That is all.")).to_be_visible()

    for path in (question_url, f"{question_url}/edit", f"{site}/", f"{site}/auth/sessions"):
        member_page.goto(path)
        assert (path, overflowing_widths(member_page)) == (path, [])


def test_long_name_of_a_member_leaves_the_navigation_bar_readable(
    site: str, member_page: Page
) -> None:
    member_page.goto(site)
    bar = member_page.locator(".site-header")
    brand, links = bar.locator(".brand span"), bar.locator(".site-menu ul")

    member_page.set_viewport_size({"width": 360, "height": 700})
    assert brand.evaluate("element => element.scrollWidth <= element.clientWidth")
    for width in (960, 1200):
        member_page.set_viewport_size({"width": width, "height": 700})
        links_end = links.evaluate("element => element.getBoundingClientRect().right")
        search_start = bar.locator(".search").evaluate(
            "element => element.getBoundingClientRect().left"
        )
        assert search_start - links_end >= MINIMUM_DISTANCE


def test_account_menu_needs_no_javascript(site: str, chromium: Browser, name: str) -> None:
    with browser_context(chromium, "en-US", java_script_enabled=False) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 320, "height": 700})
        register(page, site, name)

        log_out(page, name)

        expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_escape_closes_the_account_menu(member_page: Page, name: str) -> None:
    account_button(member_page, name).press("Enter")
    expect(member_page.get_by_role("link", name="Change password")).to_be_visible()

    member_page.keyboard.press("Escape")

    expect(member_page.get_by_role("link", name="Change password")).not_to_be_visible()
    expect(account_button(member_page, name)).to_be_focused()


def test_login_continues_to_the_requested_page(site: str, member_page: Page, name: str) -> None:
    log_out(member_page, name)
    follow(member_page, "Ask a question")

    login(member_page, name)

    expect(member_page).to_have_url(f"{site}/main/question")
    expect(member_page.get_by_role("heading", level=1)).to_have_text("Ask a question")


def test_member_edits_and_deletes_a_question(site: str, member_page: Page) -> None:
    ask(member_page, site, "Is this speled right?")
    question_url = member_page.url
    follow(member_page, "Edit")
    member_page.get_by_label("Title").fill("Is this spelled right?")
    submit(member_page, "Save")
    expect(member_page.get_by_role("heading", level=1)).to_have_text("Is this spelled right?")

    follow(member_page, "Delete")
    member_page.get_by_role("button", name="Delete permanently").click()

    expect(member_page).to_have_url(f"{site}/")
    expect(member_page.get_by_role("status")).to_have_text("The question has been deleted.")
    member_page.goto(question_url)
    expect(member_page.get_by_text("404", exact=True)).to_be_visible()


def test_vote_is_cast_and_withdrawn(site: str, member_page: Page) -> None:
    ask(member_page, site, "Do you like it?")
    up = member_page.get_by_role("button", name="Vote up")

    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(member_page.get_by_role("article")).to_contain_text("1 vote")

    up.click()
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(member_page.get_by_role("article")).to_contain_text("0 votes")


def test_author_of_a_question_accepts_an_answer(site: str, member_page: Page) -> None:
    ask(member_page, site, "Does this help?")
    answer(member_page, "It does.")

    member_page.get_by_role("button", name="Accept").click()
    expect(member_page.get_by_text("✓ Accepted answer")).to_be_visible()

    member_page.get_by_role("button", name="Unaccept").click()
    expect(member_page.get_by_text("✓ Accepted answer")).not_to_be_visible()


def test_concurrent_refreshes_keep_all_tabs_logged_in(
    site: str, member_page: Page, context: BrowserContext, name: str
) -> None:
    # Chromium opens up to six connections to a host.
    context.clear_cookies(name="access")

    shown = member_page.evaluate(
        """name => Promise.all([...Array(6)].map(
            () => fetch('/').then(answer => answer.text()).then(page => page.includes(name))
        ))""",
        name,
    )

    second_tab = context.new_page()
    second_tab.goto(site)
    member_page.reload()
    assert shown == [True] * 6
    for tab in (member_page, second_tab):
        expect(account_button(tab, name)).to_be_visible()


def test_unsaved_text_is_kept_when_the_session_ends(
    site: str, member_page: Page, context: BrowserContext, name: str
) -> None:
    member_page.goto(f"{site}/main/question")
    member_page.get_by_label("Title").fill("Is it lost?")
    member_page.get_by_label("Details").fill("A long text.\n\nOf two paragraphs.")
    context.clear_cookies(name=re.compile("access|refresh"))
    submit(member_page, "Post your question")
    with context.expect_page() as opened:
        member_page.get_by_role("link", name="Log in in a new tab").click()
    login(opened.value, name)
    expect(account_button(opened.value, name)).to_be_visible()

    # The first response only replaces the CSRF token, which belongs to the old session.
    for _ in range(2):
        submit(member_page, "Submit again")

    expect(member_page.get_by_role("heading", level=1)).to_have_text("Is it lost?")
    expect(member_page.get_by_text("Of two paragraphs.")).to_be_visible()


@pytest.mark.parametrize("action", ["log out", "vote"])
def test_page_of_a_member_who_logged_out_in_another_tab_helps(
    site: str, member_page: Page, context: BrowserContext, name: str, action: str
) -> None:
    ask(member_page, site, "Am I still logged in?")
    other_tab = context.new_page()
    other_tab.goto(site)
    log_out(other_tab, name)
    expect(other_tab.get_by_role("status")).to_have_text("You have been logged out.")

    if action == "log out":
        log_out(member_page, name)
        expect(member_page.get_by_role("status")).to_have_text("You have been logged out.")
        return
    member_page.get_by_role("button", name="Vote up").click()
    expect(member_page.get_by_role("heading", level=1)).to_have_text("Log in to continue.")
    member_page.get_by_role("main").get_by_role("link", name="Log in").click()
    login(member_page, name)
    expect(member_page.get_by_role("heading", level=1)).to_have_text("Am I still logged in?")


def test_chosen_theme_survives_logging_out(site: str, member_page: Page, name: str) -> None:
    member_page.goto(site)
    member_page.get_by_role("button", name="Dark theme").click()

    log_out(member_page, name)

    expect(member_page.get_by_role("status")).to_have_text("You have been logged out.")
    expect(member_page.locator("html")).to_have_attribute("data-theme", "dark")


def test_login_page_in_another_tab_leads_to_the_same_page(
    site: str, member_page: Page, context: BrowserContext, name: str
) -> None:
    log_out(member_page, name)
    tabs = [context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(f"{site}/auth/login?next=/main/question")

    for tab in tabs:
        login(tab, name)

        expect(tab).to_have_url(f"{site}/main/question")
        expect(tab.get_by_text("You are logged in.")).to_be_visible()


def test_double_click_on_change_password_changes_it_once(
    site: str, member_page: Page, name: str
) -> None:
    member_page.goto(f"{site}/auth/password")
    member_page.get_by_label("Current password").fill(PASSWORD)
    member_page.get_by_label("New password").fill("another walk by the sea")

    member_page.get_by_role("button", name="Change password").dblclick()

    expect(member_page.get_by_text("Your password has been changed.")).to_be_visible()
    expect(account_button(member_page, name)).to_be_visible()


def test_logging_out_deletes_drafts(site: str, member_page: Page, name: str) -> None:
    member_page.goto(f"{site}/main/question")
    member_page.get_by_label("Title").fill("Only for my eyes")

    log_out(member_page, name)

    expect(member_page.get_by_role("status")).to_have_text("You have been logged out.")
    stored = member_page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "Only for my eyes" not in stored


def test_draft_of_another_member_is_not_shown(
    site: str, member_page: Page, context: BrowserContext
) -> None:
    member_page.goto(f"{site}/main/question")
    member_page.get_by_label("Title").fill("Only for my eyes")
    context.clear_cookies(name=re.compile("access|refresh"))

    register(member_page, site, uuid4().hex)
    member_page.goto(f"{site}/main/question")

    expect(member_page.get_by_label("Title")).to_have_value("")


def test_draft_of_an_edit_is_restored_until_it_is_saved(site: str, member_page: Page) -> None:
    ask(member_page, site, "Can it be improved?")
    follow(member_page, "Edit")
    edit_url = member_page.url
    member_page.get_by_label("Details").fill("In more detail.")

    member_page.goto(edit_url)

    expect(member_page.get_by_text("Your draft was restored.")).to_be_visible()
    expect(member_page.get_by_label("Details")).to_have_value("In more detail.")
    submit(member_page, "Save")
    expect(member_page.get_by_text("Your changes have been saved.")).to_be_visible()
    member_page.goto(edit_url)
    expect(member_page.get_by_text("Your draft was restored.")).to_be_hidden()


def test_draft_of_an_edit_is_not_restored_into_a_changed_post(
    site: str, member_page: Page, context: BrowserContext
) -> None:
    ask(member_page, site, "Can it be improved?")
    follow(member_page, "Edit")
    edit_url = member_page.url
    member_page.get_by_label("Details").fill("An old draft.")
    other_tab = context.new_page()
    other_tab.goto(edit_url)
    other_tab.get_by_label("Details").fill("A newer text.")
    submit(other_tab, "Save")
    expect(other_tab.get_by_text("Your changes have been saved.")).to_be_visible()

    member_page.goto(edit_url)
    expect(member_page.get_by_label("Details")).to_have_value("A newer text.")
    member_page.get_by_label("Details").fill("A newer draft.")

    member_page.goto(edit_url)

    expect(member_page.get_by_label("Details")).to_have_value("A newer draft.")


def test_wrong_password_is_announced_at_its_field(site: str, member_page: Page, name: str) -> None:
    log_out(member_page, name)
    member_page.goto(f"{site}/auth/login")
    member_page.get_by_label("Email address").fill(email_address(name))
    password = member_page.get_by_label("Password")
    password.fill("a wrong password")

    member_page.get_by_role("main").get_by_role("button", name="Log in").click()

    expect(password).to_be_focused()
    expect(password).to_have_accessible_description("Invalid email or password.")


def test_log_out_everywhere_ends_the_sessions_of_all_browsers(
    site: str, member_page: Page, chromium: Browser, name: str
) -> None:
    with browser_context(chromium, "en-US") as context:
        other = context.new_page()
        other.goto(f"{site}/auth/login")
        login(other, name)
        expect(account_button(other, name)).to_be_visible()
        member_page.goto(f"{site}/auth/sessions")
        expect(member_page.get_by_text("Last active")).to_have_count(2)

        member_page.get_by_role("button", name="Log out everywhere").click()

        expect(member_page).to_have_url(f"{site}/")
        other.reload()
        for page in (member_page, other):
            expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_back_button_shows_no_member_page_after_logout(
    site: str, member_page: Page, name: str
) -> None:
    member_page.goto(f"{site}/auth/sessions")
    log_out(member_page, name)
    expect(member_page.get_by_role("link", name="Log in")).to_be_visible()

    member_page.go_back()

    expect(member_page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert name not in member_page.content()


def test_login_page_is_korean_for_a_korean_browser(site: str, chromium: Browser) -> None:
    with browser_context(chromium, "ko-KR") as context:
        page = context.new_page()

        page.goto(f"{site}/auth/login")

        expect(page.get_by_role("heading", level=1)).to_have_text("로그인")
        expect(page.get_by_label("이메일 주소")).to_be_visible()
