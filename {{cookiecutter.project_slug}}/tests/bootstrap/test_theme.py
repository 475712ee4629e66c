"""The theme is served locally and follows the Content-Security-Policy."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.page import Page


@pytest.fixture
def pages(app: Flask, client: FlaskClient, question_id: int) -> dict[str, Page]:
    """Return all pages that a visitor can open, and an error page, by path."""
    with app.app_context():
        urls = app.url_map.bind("localhost")
        paths = [
            urls.build(rule.endpoint, dict.fromkeys(rule.arguments, question_id))
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and "filename" not in rule.arguments
        ]
    responses = {path: client.get(path) for path in [*paths, "/nowhere"]}
    pages = {
        path: Page(response.text)
        for path, response in responses.items()
        if response.mimetype == "text/html"
    }
    assert pages.keys() >= {"/", "/nowhere"}
    return pages


def test_stylesheet_and_script_are_served_locally(
    client: FlaskClient, pages: dict[str, Page]
) -> None:
    files = [link["href"] for link in pages["/"].all("link")]
    files += [script["src"] for script in pages["/"].all("script")]

    statuses = {file: client.get(str(file), buffered=True).status_code for file in files}

    assert set(statuses.values()) == {200}
    assert [file for file in files if file and "bootstrap.min.css" in file]
    assert [file for file in files if file and re.search(r"bootstrap(\.bundle)?\.min\.js", file)]


def test_pages_load_nothing_from_other_hosts(pages: dict[str, Page]) -> None:
    urls = {
        (path, value)
        for path, page in pages.items()
        for _tag, attributes in page.elements
        for value in attributes.values()
        if value and re.match(r"\s*([a-z][a-z0-9+.-]*:)?//", value, re.IGNORECASE)
    }

    assert urls == set()


def test_pages_have_no_inline_styles(pages: dict[str, Page]) -> None:
    styled_elements = [
        (path, tag)
        for path, page in pages.items()
        for tag, attributes in page.elements
        if tag == "style" or "style" in attributes
    ]

    assert styled_elements == []


def test_pages_have_no_inline_scripts(pages: dict[str, Page]) -> None:
    scripted_elements = [
        (path, tag)
        for path, page in pages.items()
        for tag, attributes in page.elements
        if (tag == "script" and not attributes.get("src"))
        or any(name.startswith("on") for name in attributes)
        or any("javascript:" in (value or "") for value in attributes.values())
    ]

    assert scripted_elements == []
