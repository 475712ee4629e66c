"""A test client that checks each response of the API against the OpenAPI document."""

import re
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from service.web.api import api


class DocumentedClient(FlaskClient):
    """A test client that fails if the document does not describe a response of the API."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """Send a request, and check the status, the headers and the body of the response."""
        response = super().open(*args, **options)
        path = response.request.path
        if operation := find_operation(path, response.request.method.lower()):
            check_response(operation, response)
        return response


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document, which is the same for all applications of the tests."""
    found: dict[str, Any] = api.spec.to_dict()
    return found


@cache
def find_operation(path: str, method: str) -> str | None:
    """Return the path in the document of an operation, `None` if the document has none."""
    for template, operations in document()["paths"].items():
        pattern = re.sub(r"\{\w+_id\}", "[^/]+", template)
        if method in operations and re.fullmatch(pattern, path):
            return f"#/paths/{template.replace('/', '~1')}/{method}"
    return None


def resolve(reference: str) -> Any:
    """Return the part of the document to which a reference such as `#/paths` points."""
    node: Any = document()
    for step in reference.removeprefix("#/").split("/"):
        node = node[step.replace("~1", "/")]
    return resolve(node["$ref"]) if "$ref" in node else node


def check_response(operation: str, response: TestResponse) -> None:
    """Fail if the operation does not have a response with this status, headers and body."""
    responses = resolve(operation)["responses"]
    status = str(response.status_code)
    assert status in responses, f"{operation} has no {status}: {response.text}"
    documented = resolve(f"{operation}/responses/{status}")
    for name, header in documented.get("headers", {}).items():
        is_required = header.get("required") or resolve(header["$ref"]).get("required")
        assert name in response.headers or not is_required, f"{operation} {status} without {name}"
    content = documented.get("content", {})
    assert response.mimetype in content or not (content or response.data), operation
    if content:
        schema = {**content[response.mimetype]["schema"], "components": document()["components"]}
        Draft202012Validator(schema).validate(response.get_json())
