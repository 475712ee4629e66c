"""The forms of the board in Chromium: errors, counters, and drafts, which keep what was typed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browsers import THEMES, accessibility_violations, serve_seeded_site, submit
from tests.conftest import Project


@pytest.fixture(scope="session", params=THEMES)
def site(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Iterator[str]:
    """Yield the address of a project with the theme and without accounts."""
    with serve_seeded_site(bake_once, auth="none", bootstrap=request.param) as address:
        yield address


def write_question(page: Page, site: str, title: str, body: str) -> None:
    """Open the form for a question and fill it in."""
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Details").fill(body)


def expect_draft(page: Page, title: str, body: str) -> None:
    """Check that the form shows the text, and says that it is a draft."""
    expect(page.get_by_text("Your draft was restored.")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value(title)
    expect(page.get_by_label("Details")).to_have_value(body)


def test_first_invalid_field_has_the_focus_and_its_error(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question")
    page.evaluate("document.querySelector('form[method=post]').noValidate = true")
    page.get_by_label("Title").fill("Is it valid?")

    submit(page, "Post your question")

    details = page.get_by_label("Details")
    expect(details).to_be_focused()
    expect(details).to_have_accessible_description(re.compile("^This field is required."))
    expect(details).to_have_attribute("aria-invalid", "true")


def test_tab_visits_the_fields_of_a_form_in_order(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").focus()
    visited = []

    for _ in range(5):
        visited.append(
            page.evaluate("document.activeElement.name || document.activeElement.textContent")
        )
        page.keyboard.press("Tab")

    help_and_button = ["Formatting with Markdown", "Post your question"]
    assert visited == ["title", "body", *help_and_button, "preview"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("", 0, id="empty"),
        pytest.param("😀" * 150, 150, id="emoji"),
        pytest.param("one\r\ntwo\nthree", 13, id="line breaks"),
        pytest.param("\u00a0 \n two \n\u3000", 10, id="surrounding white space"),
        pytest.param("한글 e\u0301", 5, id="combining mark"),
        pytest.param("x" * 20_001, 20_001, id="too long"),
    ],
)
def test_counter_counts_like_the_server(site: str, page: Page, text: str, count: int) -> None:
    page.goto(f"{site}/main/question")

    page.get_by_label("Details").fill(text)

    expect(page.get_by_text("of 20,000 characters")).to_have_text(f"{count:,} of 20,000 characters")


def test_long_text_is_marked_and_can_be_submitted(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question")
    title, counter = page.get_by_label("Title"), page.get_by_text("of 200 characters")
    page.get_by_label("Details").fill("In detail.")
    title.fill("x" * 100)
    expect(counter).to_have_attribute("aria-live", "off")

    title.fill("x" * 201)

    expect(counter).to_have_attribute("aria-live", "polite")
    expect(title).to_have_attribute("aria-invalid", "true")
    submit(page, "Post your question")
    expect(page.get_by_text("Enter at most 200 characters (it has 201).")).to_be_visible()
    expect(title).to_have_value("x" * 201)


def test_counter_needs_the_script(site: str, chromium: Browser) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()

        page.goto(f"{site}/main/question")

        expect(page.get_by_label("Title")).to_be_visible()
        expect(page.locator(".counter").first).to_be_hidden()
        expect(page.get_by_text("Your draft was restored.")).to_be_hidden()


def test_draft_is_restored_after_leaving_the_page(site: str, page: Page) -> None:
    write_question(page, site, "Is it kept?", "Of\ntwo lines.")

    page.goto(site)
    page.goto(f"{site}/main/question")

    expect_draft(page, "Is it kept?", "Of\ntwo lines.")
    expect(page.get_by_text("of 200 characters")).to_have_text("11 of 200 characters")
    assert accessibility_violations(page) == []


def test_text_that_was_typed_before_the_script_was_loaded_is_a_draft(site: str, page: Page) -> None:
    requests: list[Route] = []

    def hold(route: Route) -> None:
        requests.append(route)

    page.route("**/drafts.js*", hold, times=1)
    page.goto(f"{site}/main/question", wait_until="commit")
    page.get_by_label("Title").fill("Is it early?")
    page.get_by_label("Details").fill("Yes.")
    requests[0].continue_()
    page.wait_for_load_state()

    page.goto(f"{site}/main/question")

    expect_draft(page, "Is it early?", "Yes.")


def test_unreadable_draft_is_removed(site: str, page: Page) -> None:
    write_question(page, site, "Is it kept?", "Yes.")
    [key] = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft'))")
    page.evaluate("(key) => localStorage.setItem(key, '{')", key)

    page.goto(f"{site}/main/question")

    expect(page.get_by_text("Your draft was restored.")).to_be_hidden()
    expect(page.get_by_label("Title")).to_have_value("")
    assert page.evaluate("(key) => localStorage.getItem(key)", key) is None


def test_discarded_draft_is_not_restored(site: str, page: Page) -> None:
    write_question(page, site, "Is it kept?", "No.")
    page.reload()

    page.get_by_role("button", name="Discard").click()

    expect(page.get_by_label("Title")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Details")).to_have_value("")
    expect(page.get_by_text("Your draft was restored.")).to_be_hidden()


def test_draft_survives_a_lost_connection(site: str, page: Page, context: BrowserContext) -> None:
    write_question(page, site, "Is it lost?", "No.")
    context.set_offline(True)
    submit(page, "Post your question")
    page.wait_for_url("chrome-error://**")
    context.set_offline(False)

    page.goto(f"{site}/main/question")

    expect_draft(page, "Is it lost?", "No.")


def test_draft_survives_a_request_that_is_too_large(site: str, page: Page) -> None:
    body = "😀" * 60_000
    write_question(page, site, "Is it too large?", body)
    submit(page, "Post your question")
    expect(page.get_by_text("it can have up to 20,000 characters")).to_be_visible()

    page.go_back()

    expect(page.get_by_label("Title")).to_have_value("Is it too large?")
    expect(page.get_by_label("Details")).to_have_value(body)


def test_posted_text_is_no_draft(site: str, page: Page) -> None:
    write_question(page, site, "Is it a draft?", "Not any more.")
    submit(page, "Post your question")
    expect(page.get_by_text("Your question has been posted.")).to_be_visible()

    page.goto(f"{site}/main/question")

    expect(page.get_by_label("Title")).to_have_value("")
    expect(page.get_by_text("Your draft was restored.")).to_be_hidden()


def test_text_that_was_rejected_is_a_draft_without_its_page(site: str, page: Page) -> None:
    write_question(page, site, "x" * 201, "In detail.")
    submit(page, "Post your question")
    expect(page.get_by_text("Enter at most 200 characters")).to_be_visible()
    page.get_by_label("Title").fill("Is it shorter?")

    page.goto(f"{site}/main/question")

    expect_draft(page, "Is it shorter?", "In detail.")


def test_draft_of_an_answer_belongs_to_its_question(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question/1")
    page.get_by_label("Your answer").fill("For the first.")

    page.goto(f"{site}/main/question/2")
    expect(page.get_by_label("Your answer")).to_have_value("")

    page.goto(f"{site}/main/question/1")
    expect(page.get_by_label("Your answer")).to_have_value("For the first.")


def test_draft_expires_after_a_week(site: str, page: Page) -> None:
    today = datetime.now(UTC)
    page.clock.set_fixed_time(today - timedelta(days=8))
    write_question(page, site, "Is it too old?", "Yes.")

    page.clock.set_fixed_time(today)
    page.goto(f"{site}/main/question/1")
    expect(page.get_by_label("Your answer")).to_be_visible()

    assert page.evaluate("localStorage.length") == 0


def test_form_works_in_a_browser_that_allows_no_storage(
    site: str, page: Page, browser_errors: list[str]
) -> None:
    for area in ("localStorage", "sessionStorage"):
        page.add_init_script(
            f"Object.defineProperty(window, '{area}', {{ get() {{ throw new Error() }} }})"
        )
    write_question(page, site, "Does it work?", "It does.")

    submit(page, "Post your question")

    expect(page.get_by_role("heading", level=1)).to_have_text("Does it work?")
    assert browser_errors == []


def test_question_that_is_posted_again_after_going_back_exists_once(site: str, page: Page) -> None:
    write_question(page, site, "Once more?", "From the history.")
    submit(page, "Post your question")
    expect(page.get_by_role("heading", level=1)).to_have_text("Once more?")
    first_url = page.url
    page.go_back()
    page.get_by_label("Title").fill("Once more?")
    page.get_by_label("Details").fill("From the history.")

    submit(page, "Post your question")

    expect(page.get_by_role("heading", level=1)).to_have_text("Once more?")
    assert page.url == first_url


def test_changed_question_can_be_posted_after_going_back(site: str, page: Page) -> None:
    write_question(page, site, "The first?", "Yes.")
    submit(page, "Post your question")
    expect(page.get_by_role("heading", level=1)).to_have_text("The first?")
    page.go_back()
    page.get_by_label("Title").fill("The second?")
    page.get_by_label("Details").fill("Yes.")

    submit(page, "Post your question")

    expect(page.get_by_role("heading", level=1)).to_have_text("The second?")
