"""What holds for every page: its fields, forms and times."""

import re

import pytest
from flask.testing import FlaskClient

from tests.page import Page


@pytest.fixture
def pages(client: FlaskClient, writer: FlaskClient, question_id: int) -> dict[str, Page]:
    """Return every page by path, as visitors and as people who may ask see it."""
    pages = {}
    for rule in client.application.url_map.iter_rules():
        path = re.sub("<.+?>", str(question_id), rule.rule)
        if "GET" not in (rule.methods or set()) or path.startswith(("/api/v1/openapi", "/static")):
            continue
        for role, reader in {"visitor": client, "writer": writer}.items():
            response = reader.get(path)
            if response.mimetype == "text/html":
                pages[f"{path} as a {role}"] = Page(response.text)
    return pages


def test_no_field_cuts_off_a_pasted_text(pages: dict[str, Page]) -> None:
    fields = [(path, field) for path, page in pages.items() for field in page.text_fields()]

    assert fields
    assert [(path, field["name"]) for path, field in fields if "maxlength" in field] == []


def test_every_text_field_has_a_label(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        labels = [label["for"] for label in page.all("label")]
        for field in page.text_fields():
            assert field.get("aria-label") or field.get("id") in labels, path


def test_every_hint_is_tied_to_its_field(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        hints = [str(text["id"]) for text in page.all("p") if text.get("class") == "form-text"]
        fields = [*page.text_fields(), *page.all("select")]
        described = [str(field.get("aria-describedby", "")) for field in fields]
        assert sorted(text for text in described if text) == sorted(hints), path


def test_every_form_has_a_button(pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        buttons = [button for button in page.all("button") if button.get("type") == "submit"]
        assert len(buttons) >= len(page.all("form")), path


def test_every_time_has_an_exact_time_that_names_its_time_zone(pages: dict[str, Page]) -> None:
    titles = [str(time.get("title")) for page in pages.values() for time in page.all("time")]

    assert titles
    assert [title for title in titles if not title.endswith(" UTC")] == []
