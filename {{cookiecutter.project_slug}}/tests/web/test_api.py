"""The OpenAPI document, and the base classes of schemas."""

import re
from datetime import UTC, datetime
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from marshmallow import fields

from service.web.api import ModelSchema

DOCUMENTATION = {"api-docs.openapi_json", "docs.show_docs"}
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    """Return the OpenAPI document."""
    response = client.get("/api/v1/openapi.json")
    assert response.mimetype == "application/json"
    found: dict[str, Any] = response.get_json()
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the operations by method and path."""
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


def test_document_has_version_3_1_of_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"].keys() >= {"title", "version"}


def test_every_endpoint_of_the_api_is_documented(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint not in DOCUMENTATION
        for method in (rule.methods or set()) & METHODS
    }

    assert operations(document).keys() == routes


def test_every_operation_has_a_summary_and_responses(document: dict[str, Any]) -> None:
    incomplete = [
        key
        for key, operation in operations(document).items()
        if not (operation.get("summary") and operation.get("responses"))
    ]

    assert incomplete == []


def test_operation_is_named_after_its_view(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]

    assert "create_question" in names
    assert len(names) == len(set(names))


def test_every_error_is_documented_as_problem_details(document: dict[str, Any]) -> None:
    errors = {
        response["$ref"].rpartition("/")[2]
        for operation in operations(document).values()
        for status, response in operation["responses"].items()
        if not status.startswith(("2", "3"))
    }

    for name in errors:
        assert document["components"]["responses"][name]["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }


def test_errors_follow_from_the_parts_of_an_operation(document: dict[str, Any]) -> None:
    for (_method, path), operation in operations(document).items():
        statuses = operation["responses"].keys()
        assert statuses >= {"400", "503"}
        if "{" in path:
            assert "404" in statuses
        if "requestBody" in operation:
            assert statuses >= {"413", "415", "422"}
        if "security" in operation:
            assert "401" in statuses


def test_every_field_of_a_response_is_required(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    optional = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        if not name.endswith(("Body", "BodyPartial", "Problem", "InvalidField"))
        for field in schema["properties"].keys() - set(schema["required"])
    ]

    # Only there if the client asks for it.
    assert sorted(optional) == ["Answer.body_html", "Question.body_html"]


def test_every_example_is_valid(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        for field in schema["properties"].values():
            for example in field.get("examples", []):
                Draft202012Validator(field).validate(example)


def test_field_without_an_example_gets_one_for_its_type(document: dict[str, Any]) -> None:
    question = document["components"]["schemas"]["Question"]["properties"]

    assert question["id"]["examples"] == [1]
    assert question["created_at"]["examples"] == ["2026-01-31T09:30:00+00:00"]
    assert question["title"]["examples"] == ["How do I start the server?"]


def test_every_tag_is_described(document: dict[str, Any]) -> None:
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    used = {tag for operation in operations(document).values() for tag in operation["tags"]}

    assert used == described


def test_successful_responses_are_documented_as_json(document: dict[str, Any]) -> None:
    types = {
        content_type
        for operation in operations(document).values()
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for content_type in response.get("content", {})
    }

    assert types == {"application/json"}


def test_model_is_serialized_with_the_field_names_of_its_schema() -> None:
    class RowSchema(ModelSchema):
        number = fields.Integer(attribute="id")
        created = fields.DateTime(data_key="created_at")

    rows = [SimpleNamespace(id=7, created=datetime(2026, 1, 1, tzinfo=UTC), body="hidden")]

    assert RowSchema(many=True).dump(rows) == [
        {"number": 7, "created_at": "2026-01-01T00:00:00+00:00"}
    ]


def test_every_reference_can_be_resolved(document: dict[str, Any]) -> None:
    for reference in references(document):
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


def test_every_schema_is_used(document: dict[str, Any]) -> None:
    used = {reference.rpartition("/")[2] for reference in references(document)}

    assert document["components"]["schemas"].keys() <= used


def test_every_parameter_of_a_path_is_documented(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for (_method, key), operation in operations(document).items():
            if key == path:
                described = [*methods.get("parameters", []), *operation.get("parameters", [])]
                names = {item["name"] for item in described if item.get("in") == "path"}
                assert names == set(re.findall(r"{(\w+)}", path))


def test_every_other_parameter_has_a_description(document: dict[str, Any]) -> None:
    parameters = [
        parameter
        for operation in operations(document).values()
        for parameter in operation.get("parameters", [])
        if parameter.get("in") in {"query", "header"}
    ]

    assert parameters
    assert [item["name"] for item in parameters if not item.get("description")] == []


def test_docs_page_shows_every_operation(client: FlaskClient, document: dict[str, Any]) -> None:
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/api/v1/docs").text).split())

    missing = [key for key in operations(document) if " ".join(key) not in page]

    assert missing == []


@pytest.mark.parametrize(
    ("language", "is_translated"),
    [
        pytest.param("en", False, id="English"),
        pytest.param("ko", True, id="Korean"),
    ],
)
def test_docs_page_translates_the_summary_of_every_operation(
    client: FlaskClient, document: dict[str, Any], language: str, is_translated: bool
) -> None:
    page = unescape(client.get("/api/v1/docs", headers={"Accept-Language": language}).text)

    english = [operation["summary"] for operation in operations(document).values()]

    shown = [summary for summary in english if summary in page]
    assert shown == ([] if is_translated else english)


@pytest.mark.parametrize(
    "body", ["{", "", "[" * 100_000, b"\xff"], ids=["cut", "empty", "deep", "bytes"]
)
def test_malformed_json_is_named_as_the_reason(writer: FlaskClient, body: str | bytes) -> None:
    response = writer.post("/api/v1/questions", data=body, content_type="application/json")

    assert response.status_code == 400
    assert response.get_json()["detail"] == "The request body is not valid JSON."
