"""HTML attributes of account forms for browsers and password managers."""

import pytest

from tests.members.browser import Browser
from tests.page import Page


def password_fields(page: Page) -> list[dict[str, str | None]]:
    """Return the HTML attributes of each password field."""
    return [field for field in page.all("input") if field.get("type") == "password"]


@pytest.mark.parametrize(
    ("path", "name", "autocomplete"),
    [
        ("/auth/register", "email", "email"),
        ("/auth/register", "name", "nickname"),
        ("/auth/register", "password", "new-password"),
        ("/auth/login", "email", "username"),
        ("/auth/login", "password", "current-password"),
    ],
)
def test_field_has_autocomplete_attribute(
    visitor: Browser, path: str, name: str, autocomplete: str
) -> None:
    inputs = Page(visitor.get(path).text).all("input")

    [field] = [attributes for attributes in inputs if attributes.get("name") == name]
    assert field["autocomplete"] == autocomplete


def test_password_form_distinguishes_current_and_new_password(bea: Browser) -> None:
    page = Page(bea.get("/auth/password").text)

    assert [field["autocomplete"] for field in password_fields(page)] == [
        "current-password",
        "new-password",
    ]
    assert "bea@example.com" in {
        field["value"] for field in page.all("input") if field.get("autocomplete") == "username"
    }


def test_name_has_a_character_counter(visitor: Browser) -> None:
    page = Page(visitor.get("/auth/register").text)

    counters = [item["data-field"] for item in page.all("p") if item.get("class") == "counter"]
    assert counters == ["name"]


@pytest.mark.parametrize("path", ["/auth/register", "/auth/login"])
def test_password_can_be_pasted_at_any_length(visitor: Browser, path: str) -> None:
    [field] = password_fields(Page(visitor.get(path).text))

    assert field.keys() & {"maxlength", "onpaste", "pattern"} == set()
