"""The page on which members request a file with their data and download it."""

from flask import Flask

from tests.jobs.running import run_due_jobs
from tests.members.browser import Browser
from tests.members.conftest import MakeMemberBrowser
from tests.page import Page

EXPORT = "/auth/export"
FILE = "/auth/export/data.json"


def links(browser: Browser) -> set[str | None]:
    """Return the targets of the links of the page."""
    return {link["href"] for link in Page(browser.get(EXPORT).text).all("a")}


def test_profile_links_to_the_page(bea: Browser) -> None:
    page = Page(bea.get("/auth/profile").text)

    assert EXPORT in {link["href"] for link in page.all("a")}


def test_file_is_offered_when_it_is_ready(app: Flask, bea: Browser) -> None:
    links_before = links(bea)
    response = bea.submit(EXPORT)
    requested = Page(bea.get(EXPORT).text)
    run_due_jobs(app)

    assert (response.status_code, response.headers["Location"]) == (303, EXPORT)
    assert "Reload this page" in requested.text
    assert "Make the file" not in requested.text
    assert [FILE in links_before, FILE in links(bea)] == [False, True]


def test_file_is_downloaded_as_an_attachment(app: Flask, bea: Browser) -> None:
    bea.submit(EXPORT)
    run_due_jobs(app)

    response = bea.get(FILE)
    assert response.headers["Content-Disposition"] == "attachment; filename=data.json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.get_json()["profile"]["name"] == "Bea"


def test_member_cannot_download_the_file_of_another_one(
    app: Flask, bea: Browser, make_member_browser: MakeMemberBrowser
) -> None:
    bea.submit(EXPORT)
    run_due_jobs(app)

    assert make_member_browser("Cy").get(FILE).status_code == 404
