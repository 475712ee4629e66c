"""The theme comes from this service, and nothing of it stands inside a page."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.page import Page


@pytest.fixture
def pages(app: Flask, client: FlaskClient, question_id: int) -> dict[str, Page]:
    """Open every page there is, and one that is not."""
    with app.app_context():
        urls = app.url_map.bind("localhost")
        paths = [
            urls.build(rule.endpoint, dict.fromkeys(rule.arguments, question_id))
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and "filename" not in rule.arguments
        ]
    answers = {path: client.get(path) for path in [*paths, "/nowhere"]}
    opened = {
        path: Page(answer.text)
        for path, answer in answers.items()
        if answer.mimetype == "text/html"
    }
    assert opened.keys() >= {"/", "/nowhere"}
    return opened


def test_the_stylesheet_with_the_script_is_served_by_us(
    client: FlaskClient, pages: dict[str, Page]
) -> None:
    files = [link["href"] for link in pages["/"].all("link")]
    files += [script["src"] for script in pages["/"].all("script")]

    statuses = {file: client.get(str(file), buffered=True).status_code for file in files}

    assert set(statuses.values()) == {200}
    assert [file for file in files if file and "bootstrap.min.css" in file]
    assert [file for file in files if file and re.search(r"bootstrap(\.bundle)?\.min\.js", file)]


def test_no_page_names_another_host(pages: dict[str, Page]) -> None:
    """R5.03."""
    addresses = {
        (path, value)
        for path, page in pages.items()
        for _tag, attributes in page.elements
        for value in attributes.values()
        if value and re.match(r"\s*([a-z][a-z0-9+.-]*:)?//", value, re.IGNORECASE)
    }

    assert addresses == set()


def test_no_page_holds_a_style_of_its_own(pages: dict[str, Page]) -> None:
    """R5.03."""
    found = [
        (path, tag)
        for path, page in pages.items()
        for tag, attributes in page.elements
        if tag == "style" or "style" in attributes
    ]

    assert found == []


def test_no_page_holds_a_script_of_its_own(pages: dict[str, Page]) -> None:
    """R5.03."""
    found = [
        (path, tag)
        for path, page in pages.items()
        for tag, attributes in page.elements
        if (tag == "script" and not attributes.get("src"))
        or any(name.startswith("on") for name in attributes)
        or any("javascript:" in (value or "") for value in attributes.values())
    ]

    assert found == []
