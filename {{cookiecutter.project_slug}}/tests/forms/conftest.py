"""A browser in which somebody types."""

import pytest
from flask.testing import FlaskClient

from tests.page import Page


@pytest.fixture
def blank(writer: FlaskClient) -> dict[str, str]:
    """Open the form of a question, and give what its hidden fields hold."""
    fields = Page(writer.get("/main/question").text).fields
    return {name: fields[name] for name in ("csrf_token", "submission")}


@pytest.fixture
def filled(blank: dict[str, str]) -> dict[str, str]:
    """Fill in the form of a question."""
    return {**blank, "title": "Why is it so?", "body": "one\ntwo & <three>"}
