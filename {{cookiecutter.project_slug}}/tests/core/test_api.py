"""The description of the API."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import fields

from service.core.api import RowSchema

OF_THE_DESCRIPTION = {"api-docs.openapi_json", "docs.show_docs"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    """Read the OpenAPI document."""
    response = client.get("/api/v1/openapi.json")
    assert response.mimetype == "application/json"
    found: dict[str, Any] = response.get_json()
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return what can be done, by method and path."""
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method.upper() in METHODS
    }


def references(node: object) -> list[str]:
    """Return every `$ref` in a document."""
    if isinstance(node, list):
        return [name for item in node for name in references(item)]
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [name for value in node.values() for name in references(value)]
    return []


def test_the_document_is_of_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"].keys() >= {"title", "version"}


def test_every_address_of_the_api_is_described(app: Flask, document: dict[str, Any]) -> None:
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint not in OF_THE_DESCRIPTION
        for method in (rule.methods or set()) & METHODS
    }

    assert operations(document).keys() == served


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    silent = [
        place
        for place, operation in operations(document).items()
        if not (operation.get("summary") and operation.get("responses"))
    ]

    assert silent == []


def test_a_row_is_shown_under_the_names_of_its_schema() -> None:
    class Shown(RowSchema):
        number = fields.Integer(attribute="id")
        made = fields.DateTime(data_key="made_at")

    rows = [SimpleNamespace(id=7, made=datetime(2026, 1, 1, tzinfo=UTC), body="hidden")]

    assert Shown(many=True).dump(rows) == [{"number": 7, "made_at": "2026-01-01T00:00:00+00:00"}]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in references(document):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_body_is_one_that_is_sent_or_answered(document: dict[str, Any]) -> None:
    used = {reference.rpartition("/")[2] for reference in references(document)}

    assert document["components"]["schemas"].keys() <= used


def test_every_parameter_of_a_path_is_described(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for (_method, place), operation in operations(document).items():
            if place == path:
                described = [*methods.get("parameters", []), *operation.get("parameters", [])]
                names = {item["name"] for item in described if item.get("in") == "path"}
                assert names == set(re.findall(r"{(\w+)}", path))


def test_the_page_for_people_shows_every_operation(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/api/v1/docs").text).split())

    missing = [place for place in operations(document) if " ".join(place) not in page]

    assert missing == []


def test_the_page_for_people_says_in_their_language_what_each_operation_does(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    page = client.get("/api/v1/docs", headers={"Accept-Language": "ko"}).text

    english = [operation["summary"] for operation in operations(document).values()]

    assert [summary for summary in english if summary in page] == []
