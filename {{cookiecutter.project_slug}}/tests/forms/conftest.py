"""The fields of the question form, as a browser submits them."""

import pytest
from flask.testing import FlaskClient

from tests.page import Page


@pytest.fixture
def hidden_fields(writer: FlaskClient) -> dict[str, str]:
    """Return the hidden fields of an empty question form."""
    fields = Page(writer.get("/main/question").text).fields
    return {name: fields[name] for name in ("csrf_token", "idempotency_key")}


@pytest.fixture
def valid_fields(hidden_fields: dict[str, str]) -> dict[str, str]:
    """Return the fields of a valid question form."""
    return {**hidden_fields, "title": "Why is it so?", "body": "one\ntwo & <three>"}
