"""The pages as people meet them: in Chromium, in both themes and both languages."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browsers import THEMES, seeded_site
from tests.conftest import Project

PAGES = ["/", "/main/question", "/main/question/1", "/api/v1/docs", "/nothing/here", "/?q=Flask"]


@pytest.fixture(scope="session", params=THEMES)
def site(request: pytest.FixtureRequest, bake_once: Callable[..., Project]) -> Iterator[str]:
    """Serve a project of the theme, in which anybody asks and answers."""
    with seeded_site(bake_once, auth="none", bootstrap=request.param) as address:
        yield address


@pytest.mark.parametrize("path", PAGES)
def test_the_browser_has_nothing_to_complain_about(
    site: str, page: Page, complaints: list[str], path: str
) -> None:
    """E11."""
    page.goto(site + path)

    # The status of a page that is not there is a line on the console, and as it should be.
    assert [said for said in complaints if "status of 404" not in said] == []


@pytest.mark.parametrize("path", PAGES)
def test_no_request_goes_to_another_host(site: str, page: Page, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(site + path)

    assert [url for url in asked if not url.startswith((site, "data:"))] == []


def test_no_page_shows_in_a_frame_of_another_site(site: str, page: Page) -> None:
    """F09."""
    page.set_content(f"<iframe src='{site}'></iframe>")
    page.wait_for_timeout(1000)

    frame = page.frames[1]
    assert frame.url == "chrome-error://chromewebdata/"


@pytest.mark.parametrize("path", PAGES)
def test_everybody_can_use_the_page(site: str, page: Page, path: str) -> None:
    page.goto(site + path)

    found = Axe().run(page).response["violations"]

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_a_question_is_asked_and_answered(site: str, page: Page) -> None:
    page.goto(site)
    page.get_by_role("link", name="Ask a question").click()
    page.get_by_label("Title").fill("Is anybody there?")
    page.get_by_label("Details").fill("Hello <b>world</b> 😀\nsecond line")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is anybody there?")
    page.get_by_label("Your answer").fill("Yes, I am.")

    page.get_by_role("button", name="Answer").click()

    expect(page.get_by_text("Hello <b>world</b> 😀")).to_be_visible()
    expect(page.get_by_text("Yes, I am.")).to_be_visible()
    expect(page.get_by_role("heading", level=2).first).to_have_text("1 answer")


def test_what_is_wrong_is_said_beside_the_field(site: str, page: Page) -> None:
    page.goto(f"{site}/main/question")
    page.evaluate("document.querySelector('form[method=post]').noValidate = true")
    page.get_by_label("Title").fill("ab")
    page.get_by_label("Details").fill("This stays.")

    page.get_by_role("button", name="Ask").click()

    expect(page.get_by_text("Write at least 3 characters.")).to_be_visible()
    expect(page.get_by_label("Details")).to_have_value("This stays.")


def test_a_double_click_asks_once(site: str, page: Page) -> None:
    """I14, R6.07."""
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill("Double trouble")
    page.get_by_label("Details").fill("Clicked twice.")

    page.get_by_role("button", name="Ask").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Double trouble")
    page.goto(f"{site}/?q=Double+trouble")

    expect(page.get_by_role("link", name="Double trouble")).to_have_count(1)


def test_a_page_that_lost_its_cookie_keeps_what_was_typed(
    site: str, page: Page, context: BrowserContext
) -> None:
    page.goto(f"{site}/main/question")
    page.get_by_label("Title").fill("Kept for you")
    page.get_by_label("Details").fill("Every word of it.")
    context.clear_cookies()

    page.get_by_role("button", name="Ask").click()
    page.get_by_role("button", name="Send again").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kept for you")


def test_the_pages_speak_korean_to_who_asks_for_it(site: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="ko-KR")

    page.goto(site)

    expect(page.locator("html")).to_have_attribute("lang", "ko")
    expect(page.get_by_role("heading", level=1)).to_have_text("질문")


@pytest.mark.parametrize("width", [320, 768])
def test_no_page_is_wider_than_a_telephone(site: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})

    page.goto(site)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_content_first(site: str, page: Page) -> None:
    page.goto(site)

    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
