"""Fixtures and functions for tests of pages in Chromium."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.conftest import Project
from tests.servers import LIMIT_SECONDS, run_development_server, skip_or_fail

THEMES = [
    pytest.param(True, id="Bootstrap", marks=pytest.mark.xdist_group("Bootstrap")),
    pytest.param(False, id="plain stylesheet", marks=pytest.mark.xdist_group("plain stylesheet")),
]
LOCALES = ["en-US", "ko-KR"]
COLOR_SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
WIDTHS = [320, 360, 768, 1200, 1920]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Yield the Chromium of this machine; skip the tests without one."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        skip_or_fail("Chromium")
    expect.set_options(timeout=LIMIT_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serve_seeded_site(bake_once: Callable[..., Project], **answers: object) -> Iterator[str]:
    """Serve a project with sample questions during the block; yield its address."""
    project = bake_site(bake_once, **answers)
    seeded = project.run("flask", "--app", "service", "seed", "--questions", "30")
    assert seeded.status == 0, seeded.err
    with run_development_server(project) as address:
        yield address


def bake_site(bake_once: Callable[..., Project], **answers: object) -> Project:
    """Return the project of a site.

    Its description differs from that of other projects, so no other test uses its database.
    """
    return bake_once(database="sqlite", forms=True, description="A site in a browser.", **answers)


def accessibility_violations(page: Page) -> list[object]:
    """Return each violation that axe finds in a page, in light and in dark: rule and elements."""
    # During a transition, axe would measure intermediate colors.
    page.emulate_media(reduced_motion="reduce")
    found = []
    for scheme in COLOR_SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [{"scheme": scheme, **each} for each in Axe().run(page).response["violations"]]
    return [(each["scheme"], each["id"], [n["html"] for n in each["nodes"]]) for each in found]


def overflowing_widths(page: Page) -> list[int]:
    """Return the widths of a screen at which the page can be scrolled sideways."""
    overflowing = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            overflowing.append(width)
    return overflowing


def submit(page: Page, button: str) -> None:
    """Submit a form with this button, and wait until the scripts of the next page have run."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def follow(page: Page, link: str) -> None:
    """Follow a link with this text, and wait until the scripts of the next page have run."""
    page.get_by_role("link", name=link, exact=True).first.click()
    page.wait_for_load_state()


@contextmanager
def browser_context(chromium: Browser, locale: str, **options: Any) -> Iterator[BrowserContext]:
    """Yield a browser context with this locale and options; close it after the block."""
    viewport: ViewportSize = {"width": 1000, "height": 760}
    context = chromium.new_context(locale=locale, viewport=viewport, **options)
    context.set_default_timeout(LIMIT_SECONDS * 1000)
    yield context
    context.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Yield a browser context with the locale en-US."""
    with browser_context(chromium, "en-US") as context:
        yield context


@pytest.fixture
def browser_errors(context: BrowserContext) -> list[str]:
    """Return a list to which the browser adds messages, script errors and failed requests."""
    errors: list[str] = []

    def add_failed(request: Request) -> None:
        # If a test leaves a page while it loads, Chromium aborts the requests.
        if request.failure != "net::ERR_ABORTED":
            errors.append(f"failed: {request.url}")

    context.on("console", lambda message: errors.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("requestfailed", add_failed)
    return errors


@pytest.fixture
def page(context: BrowserContext, browser_errors: list[str]) -> Page:  # noqa: ARG001 - Checks the page.
    """Return an empty page, whose errors are in `browser_errors`."""
    return context.new_page()
