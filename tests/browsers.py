"""Chromium, and what it complains about; for all tests that look at pages as people do."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.conftest import Project
from tests.servers import need, served

THEMES = [
    pytest.param(True, id="Bootstrap", marks=pytest.mark.xdist_group("Bootstrap")),
    pytest.param(False, id="plain stylesheet", marks=pytest.mark.xdist_group("plain stylesheet")),
]
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
    """Start the system's Chromium."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        need("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def seeded_site(bake_once: Callable[..., Project], **answers: object) -> Iterator[str]:
    """Serve a project with some questions; yield its address."""
    project = bake_once(database="sqlite", forms=True, **answers)
    seeded = project.run("flask", "--app", "service", "seed", "--questions", "30")
    assert seeded.status == 0, seeded.err
    with served(project) as address:
        yield address


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """Open a window of a reader who speaks English."""
    context = chromium.new_context(locale="en-US", viewport={"width": 1000, "height": 760})
    yield context
    context.close()


@pytest.fixture
def complaints(context: BrowserContext) -> list[str]:
    """Collect what the browser complains about: policy, scripts, what cannot be loaded."""
    heard: list[str] = []

    def hear_failed(request: Request) -> None:
        # Whoever goes on before a page has all its files breaks them off.
        if request.failure != "net::ERR_ABORTED":
            heard.append(f"failed: {request.url}")

    context.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    context.on("weberror", lambda error: heard.append(str(error.error)))
    context.on("requestfailed", hear_failed)
    return heard


@pytest.fixture
def page(context: BrowserContext, complaints: list[str]) -> Page:  # noqa: ARG001 - heard from the start.
    """Open a page."""
    return context.new_page()
