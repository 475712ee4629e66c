"""What the fields tell a browser and its password manager."""

import pytest

from tests.members.visitor import Visitor
from tests.page import Page


def passwords(page: Page) -> list[dict[str, str | None]]:
    """Return the attributes of each field for a password."""
    return [field for field in page.all("input") if field.get("type") == "password"]


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    [
        ("/auth/register", "email", "email"),
        ("/auth/register", "name", "nickname"),
        ("/auth/register", "password", "new-password"),
        ("/auth/login", "email", "username"),
        ("/auth/login", "password", "current-password"),
    ],
)
def test_a_field_says_what_belongs_into_it(
    visitor: Visitor, path: str, field: str, expected: str
) -> None:
    """R3.03."""
    inputs = Page(visitor.get(path).text).all("input")

    [found] = [attributes for attributes in inputs if attributes.get("name") == field]
    assert found["autocomplete"] == expected


def test_the_new_password_is_told_from_the_one_before(bea: Visitor) -> None:
    """R3.03."""
    page = Page(bea.get("/auth/password").text)

    assert [field["autocomplete"] for field in passwords(page)] == [
        "current-password",
        "new-password",
    ]
    assert "bea@example.com" in {
        field["value"] for field in page.all("input") if field.get("autocomplete") == "username"
    }


@pytest.mark.parametrize("path", ["/auth/register", "/auth/login"])
def test_a_password_that_is_pasted_is_neither_cut_nor_refused(visitor: Visitor, path: str) -> None:
    """R3.03."""
    [field] = passwords(Page(visitor.get(path).text))

    assert field.keys() & {"maxlength", "onpaste", "pattern"} == set()
