"""The comparison of two OpenAPI documents."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner

from service.web.openapi_changes import breaking_changes

Node = dict[str, Any]


@pytest.fixture
def old() -> Node:
    """Return a document with one operation."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}}
    result = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Post"}}}}
    operation = {
        "operationId": "create_post",
        "parameters": [{"in": "query", "name": "sort", "schema": {"type": "string"}}],
        "requestBody": {"required": True, **body},
        "responses": {"201": {"description": "Created", **result}},
    }
    schemas = {
        "Body": {
            "type": "object",
            "properties": {"title": {"type": "string", "maxLength": 200}, "tag": {}},
            "required": ["title"],
        },
        "Post": {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "state": {"enum": ["open", "closed"]},
                "answers": {"type": "array", "items": {"$ref": "#/components/schemas/Post"}},
            },
            "required": ["id", "state"],
        },
    }
    return {"paths": {"/posts": {"post": operation}}, "components": {"schemas": schemas}}


def remove_path(document: Node) -> None:
    del document["paths"]["/posts"]


def rename_operation(document: Node) -> None:
    document["paths"]["/posts"]["post"]["operationId"] = "add_post"


def require_authentication(document: Node) -> None:
    document["paths"]["/posts"]["post"]["security"] = [{"bearer": []}]


def require_parameter(document: Node) -> None:
    document["paths"]["/posts"]["post"]["parameters"][0]["required"] = True


def remove_parameter(document: Node) -> None:
    document["paths"]["/posts"]["post"]["parameters"] = []


def require_field(document: Node) -> None:
    document["components"]["schemas"]["Body"]["required"].append("tag")


def remove_request_field(document: Node) -> None:
    del document["components"]["schemas"]["Body"]["properties"]["tag"]


def shorten_field(document: Node) -> None:
    document["components"]["schemas"]["Body"]["properties"]["title"]["maxLength"] = 100


def limit_field(document: Node) -> None:
    document["components"]["schemas"]["Body"]["properties"]["tag"]["maximum"] = 2**31 - 1


def narrow_type(document: Node) -> None:
    document["components"]["schemas"]["Body"]["properties"]["tag"]["type"] = "string"


def remove_response_field(document: Node) -> None:
    schema = document["components"]["schemas"]["Post"]
    del schema["properties"]["id"]
    schema["required"].remove("id")


def remove_optional_response_field(document: Node) -> None:
    del document["components"]["schemas"]["Post"]["properties"]["state"]


def make_response_field_optional(document: Node) -> None:
    document["components"]["schemas"]["Post"]["required"].remove("id")


def allow_null(document: Node) -> None:
    document["components"]["schemas"]["Post"]["properties"]["id"]["type"] = ["integer", "null"]


def add_state(document: Node) -> None:
    document["components"]["schemas"]["Post"]["properties"]["state"]["enum"].append("hidden")


def remove_response(document: Node) -> None:
    document["paths"]["/posts"]["post"]["responses"] = {"204": {"description": "No Content"}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove_path, "POST /posts has been removed."),
        (rename_operation, "POST /posts: the operationId has changed"),
        (require_authentication, "POST /posts requires authentication."),
        (require_parameter, "POST /posts: request/sort is required."),
        (remove_parameter, "POST /posts: request/sort has been removed."),
        (require_field, "POST /posts: request/body/tag is required."),
        (remove_request_field, "POST /posts: request/body/tag has been removed."),
        (shorten_field, "POST /posts: request/body/title: maxLength has changed from 200 to 100."),
        (limit_field, "POST /posts: request/body/tag: maximum has changed from None to 2147483647"),
        (narrow_type, "POST /posts: request/body/tag: the type has changed from None to string."),
        (remove_response_field, "POST /posts: response/id has been removed."),
        (remove_optional_response_field, "POST /posts: response/state has been removed."),
        (make_response_field_optional, "POST /posts: response/id may be missing."),
        (allow_null, "POST /posts: response/id: the type has changed from integer to"),
        (add_state, "POST /posts: response/state: the enum has changed from"),
        (remove_response, "POST /posts: response: the type has changed from object to None."),
    ],
)
def test_breaking_change_is_named(old: Node, change: Callable[[Node], None], message: str) -> None:
    new = deepcopy(old)
    change(new)

    first, *_others = breaking_changes(old, new)

    assert first.startswith(message)


def add_operation(document: Node) -> None:
    document["paths"]["/posts"]["get"] = document["paths"]["/posts"]["post"]


def add_optional_field(document: Node) -> None:
    document["components"]["schemas"]["Body"]["properties"]["color"] = {"type": "string"}


def add_response_field(document: Node) -> None:
    document["components"]["schemas"]["Post"]["properties"]["score"] = {"type": "integer"}
    document["components"]["schemas"]["Post"]["required"].append("score")


def lengthen_field(document: Node) -> None:
    document["components"]["schemas"]["Body"]["properties"]["title"]["maxLength"] = 300


def add_error(document: Node) -> None:
    document["paths"]["/posts"]["post"]["responses"]["409"] = {"description": "Conflict"}


@pytest.mark.parametrize(
    "change", [add_operation, add_optional_field, add_response_field, lengthen_field, add_error]
)
def test_other_change_is_not_named(old: Node, change: Callable[[Node], None]) -> None:
    new = deepcopy(old)
    change(new)

    assert list(breaking_changes(old, new)) == []


def test_document_that_was_written_is_up_to_date(runner: FlaskCliRunner, tmp_path: Path) -> None:
    file = str(tmp_path / "openapi.json")
    runner.invoke(args=["openapi", "write", file])

    assert runner.invoke(args=["openapi", "check", file]).exit_code == 0


def test_outdated_document_is_reported_with_the_breaking_changes(
    runner: FlaskCliRunner, old: Node, tmp_path: Path
) -> None:
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(old), encoding="utf-8")

    result = runner.invoke(args=["openapi", "check", str(file)])

    assert result.exit_code == 1
    assert "Breaking change: POST /posts has been removed." in result.output
    assert "make openapi" in result.output


def test_missing_document_is_reported(runner: FlaskCliRunner, tmp_path: Path) -> None:
    result = runner.invoke(args=["openapi", "check", str(tmp_path / "openapi.json")])

    assert (result.exit_code, "make openapi" in result.output) == (1, True)
