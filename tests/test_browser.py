"""The pages of the board in Chromium, in both themes and both languages."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Route, expect

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

PAGES = [
    "/", "/main/question", "/main/question/1", "/api/v1/docs", "/?q=Flask", "/?q=nothing-like-it",
    # Error pages: 404, 405 and 422.
    "/nothing/here", "/main/question/1/answer", "/?after=x",
]  # fmt: skip
MARKDOWN = """# One
### Two
A [link](https://example.com), `code`, ~~an error~~ and ![a picture](https://example.com/a.png)

```python
@route("/")  # a comment
def f(number: int = 1) -> str:
    return "LONG"
```

- a list

> a quotation of `code`

| wide | table |
| --- | --- |
| LONG | LONG |
""".replace("LONG", "a long text in one line, " * 6)
NAME_OF_FOCUSED_ELEMENT = """
    (document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()
"""
DARK = 64


@pytest.fixture(scope="session", params=THEMES)
def site(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Iterator[str]:
    """Yield the address of a project with the theme and without accounts."""
    with serve_seeded_site(bake_once, auth="none", bootstrap=request.param) as address:
        yield address


@pytest.mark.parametrize("path", PAGES)
def test_page_causes_no_browser_error(
    site: str, page: Page, browser_errors: list[str], path: str
) -> None:
    page.goto(site + path)

    # Chromium logs the status of the error pages, which is expected.
    assert [error for error in browser_errors if "status of 4" not in error] == []


@pytest.mark.parametrize("path", PAGES)
def test_page_requests_no_other_host(site: str, page: Page, path: str) -> None:
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.goto(site + path)

    assert [url for url in requested if not url.startswith((site, "data:"))] == []


def test_page_cannot_be_framed_by_another_site(site: str, page: Page) -> None:
    def is_loaded_frame(frame: Frame) -> bool:
        return frame != page.main_frame and frame.url != "about:blank"

    with page.expect_event("framenavigated", is_loaded_frame) as event:
        page.set_content(f"<iframe src='{site}'></iframe>")

    assert event.value.url == "chrome-error://chromewebdata/"


@pytest.mark.parametrize("locale", LOCALES)
def test_axe_finds_no_accessibility_violation(site: str, chromium: Browser, locale: str) -> None:
    with browser_context(chromium, locale) as context:
        page = context.new_page()
        for path in PAGES:
            page.goto(site + path)
            assert (path, accessibility_violations(page)) == (path, [])


def test_question_is_asked_and_answered(site: str, page: Page) -> None:
    page.goto(site)
    follow(page, "Ask a question")
    page.get_by_label("Title").fill("Is anybody there?")
    page.get_by_label("Details").fill("Hello <b>world</b> 😀\nsecond line")
    submit(page, "Post your question")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is anybody there?")
    page.get_by_label("Your answer").fill("Yes, I am.")

    submit(page, "Post your answer")

    expect(page.get_by_text("Hello <b>world</b> 😀")).to_be_visible()
    expect(page.get_by_text("Yes, I am.")).to_be_visible()
    expect(page.get_by_role("heading", name="1 answer")).to_be_visible()


def test_markdown_is_accessible_and_fits_every_screen(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill("What does it look like?")
    page.get_by_label("Details").fill(MARKDOWN)
    submit(page, "Post your question")

    code = page.locator("pre")

    expect(page.get_by_role("heading", name="Two", level=4)).to_be_visible()
    assert code.evaluate("code => code.scrollWidth > code.clientWidth")
    code.focus()
    expect(code).to_be_focused()
    assert accessibility_violations(page) == []
    assert overflowing_widths(page) == []


def test_preview_follows_the_typing(site: str, page: Page, browser_errors: list[str]) -> None:
    page.goto(f"{site}/main/question/1")
    preview = page.get_by_role("region", name="Preview")
    body = page.get_by_label("Your answer")
    expect(preview).to_be_hidden()
    body.press_sequentially("Some **bold** <i>text</i>")

    expect(preview.locator("strong")).to_have_text("bold")
    expect(preview).to_contain_text("<i>text</i>")
    expect(preview.get_by_text("The preview has been updated.")).to_be_attached()
    expect(body).to_be_focused()
    assert accessibility_violations(page) == []

    body.fill("")

    expect(preview).to_be_hidden()
    assert browser_errors == []


def test_preview_is_late_above_the_rate_limit(site: str, page: Page) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=429, headers={"Retry-After": "1"})

    page.route("**/main/preview", refuse_once)
    page.goto(f"{site}/main/question")
    page.get_by_label("Details").fill("*a*")

    expect(page.get_by_role("region", name="Preview").locator("em")).to_have_text("a")
    assert refused == [f"{site}/main/preview"]


def test_preview_needs_no_javascript(site: str, chromium: Browser) -> None:
    with browser_context(chromium, "en-US", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/main/question/1")
        page.get_by_label("Your answer").fill("    x = 1\n\nSome **bold** text")

        submit(page, "Preview")

        preview = page.get_by_role("region", name="Preview")
        expect(preview).to_be_in_viewport()
        expect(preview.locator("strong")).to_have_text("bold")
        expect(page.get_by_label("Your answer")).to_have_value("    x = 1\n\nSome **bold** text")
        submit(page, "Post your answer")
        expect(page.locator("article strong", has_text="bold")).to_be_visible()


def test_error_is_shown_beside_its_field(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question")
    page.evaluate("document.querySelector('form[method=post]').noValidate = true")
    page.get_by_label("Title").fill("ab")
    page.get_by_label("Details").fill("This stays.")

    submit(page, "Post your question")

    expect(page.get_by_text("Enter at least 3 characters.")).to_be_visible()
    expect(page.get_by_label("Details")).to_have_value("This stays.")


def test_double_click_creates_one_question(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill("Double trouble")
    page.get_by_label("Details").fill("Clicked twice.")

    page.get_by_role("button", name="Post your question").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Double trouble")
    page.goto(f"{site}/?q=Double+trouble")

    expect(page.get_by_role("link", name="Double trouble")).to_have_count(1)


def test_form_can_be_submitted_again_after_cookies_are_cleared(
    site: str, page: Page, context: BrowserContext
) -> None:
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill("Kept for you")
    page.get_by_label("Details").fill("Every word of it.")
    context.clear_cookies()

    submit(page, "Post your question")
    submit(page, "Submit again")

    expect(page.get_by_role("heading", level=1)).to_have_text("Kept for you")


def test_page_is_korean_for_a_korean_browser(site: str, chromium: Browser) -> None:
    with browser_context(chromium, "ko-KR") as context:
        page = context.new_page()

        page.goto(site)

        expect(page.locator("html")).to_have_attribute("lang", "ko")
        expect(page.get_by_role("heading", level=1)).to_have_text("질문")


def test_times_are_in_the_time_zone_of_the_browser_from_the_second_page_on(
    site: str, chromium: Browser
) -> None:
    with browser_context(chromium, "en-US", timezone_id="Asia/Seoul") as context:
        page = context.new_page()
        page.goto(site)
        expect(page.locator("time").first).to_have_attribute("title", re.compile(r" UTC$"))

        page.reload()

        expect(page.locator("time").first).to_have_attribute("title", re.compile(r" KST$"))


def test_page_cannot_be_scrolled_sideways(site: str, page: Page) -> None:
    for path in [*PAGES, f"/?q={'b' * 100}"]:
        page.goto(site + path)
        page.locator(".brand span").evaluate("brand => brand.textContent = 'W'.repeat(60)")
        assert (path, overflowing_widths(page)) == (path, [])


def test_tab_key_moves_through_the_navigation_bar_in_reading_order(site: str, page: Page) -> None:
    page.goto(site)
    focused = []

    for _ in range(8):
        page.keyboard.press("Tab")
        focused.append(page.evaluate(NAME_OF_FOCUSED_ELEMENT))

    assert focused[0] == "Skip to content"
    assert focused[2:] == [
        "Questions", "API", "Ask a question", "Search questions", "Search", "Dark theme",
    ]  # fmt: skip


def test_skip_link_moves_the_focus_past_the_navigation_bar(site: str, page: Page) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_page_follows_the_theme_of_the_system(site: str, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(site)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.emulate_media(color_scheme="light")

    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_chosen_theme_is_remembered_until_it_is_that_of_the_system(site: str, page: Page) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(site)
    theme_switch = page.get_by_role("button", name="Dark theme")
    theme_switch.press("Enter")
    page.goto(f"{site}/main/question")
    expect(theme_switch).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"

    theme_switch.click()
    page.emulate_media(color_scheme="dark")

    expect(theme_switch).to_have_attribute("aria-pressed", "true")


def test_menu_and_dark_theme_need_no_javascript(site: str, chromium: Browser) -> None:
    options = {"java_script_enabled": False, "color_scheme": "dark"}
    with browser_context(chromium, "en-US", **options) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 320, "height": 700})
        page.goto(site)
        page.get_by_role("button", name="Menu").click()

        page.get_by_role("searchbox").fill("Flask")
        page.get_by_role("button", name="Search", exact=True).click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Search results for “Flask”")
        expect(page.get_by_role("button", name="Dark theme")).not_to_be_visible()
        background = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        assert max(map(int, re.findall(r"\d+", background))) < DARK
