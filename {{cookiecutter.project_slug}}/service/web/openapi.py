"""The parts of the OpenAPI document that all operations share: names, errors and headers."""

from collections.abc import Iterator, Mapping
from typing import Any

from apispec import APISpec, BasePlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields
from werkzeug.http import HTTP_STATUS_CODES

from service.web.languages import N_
from service.web.openapi_document import Node

HEADERS = {
    "ETag": {"type": "string"},
    "Link": {"type": "string"},
    "Location": {"type": "string"},
    "Retry-After": {"type": "integer", "minimum": 1},
    "WWW-Authenticate": {"type": "string"},
}
CONDITIONS = {
    "If-Match": N_("The ETag that you have read. If it is not current, nothing changes."),
    "If-None-Match": N_("The ETag that you have stored. If it is current, the status is 304."),
}
# The headers of an error response that are always present.
ERROR_HEADERS = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
# Any request can get these: it has an invalid header, or the database is unavailable.
COMMON_ERRORS = (400, 503)
BODY_ERRORS = (413, 415, 422)
# The examples of fields that have none of their own, by format or type.
EXAMPLES = {
    "boolean": True,
    "date-time": "2026-01-31T09:30:00+00:00",
    "integer": 1,
    "string": "text",
}


class OperationPlugin(BasePlugin):
    """An apispec plugin that completes each operation with its id and its error responses."""

    def __init__(self, error_schema: type[Schema]) -> None:
        self.error_schema = error_schema

    def init_spec(self, spec: APISpec) -> None:
        """Register the headers and a response for each error, which appear only if used."""
        for name, schema in HEADERS.items():
            header = {"required": True, "schema": schema}
            spec.components.header(component_id(name), header, lazy=True)
        for status in filter(is_error, HTTP_STATUS_CODES):
            spec.components.response(error_name(status), self.error_response(status), lazy=True)

    def error_response(self, status: int) -> Node:
        """Return the description of an error response."""
        content = {"application/problem+json": {"schema": self.error_schema}}
        response = {"description": HTTP_STATUS_CODES[status], "content": content}
        if header := ERROR_HEADERS.get(status):
            response["headers"] = {header: component_id(header)}
        return response

    def operation_helper(
        self,
        path: str | None = None,
        operations: Node | None = None,
        **kwargs: Any,
    ) -> None:
        """Name each operation after its view, and add the errors that follow from its parts."""
        for method, operation in (operations or {}).items():
            operation["operationId"] = kwargs["rule"].endpoint.rpartition(".")[2]
            remove_null_defaults(operation.get("parameters", []))
            responses = operation["responses"]
            describe_condition(method, operation)
            errors = {*filter(is_error, responses), *implied_errors(path or "", operation)}
            responses.update({status: error_name(status) for status in errors})
            operation["responses"] = dict(sorted(responses.items()))


def describe_condition(method: str, operation: Node) -> None:
    """Describe the header of a conditional request (RFC 9110, section 13.1), if there is one.

    `If-None-Match` applies to `GET` requests whose response has an ETag, and `If-Match` to views
    with the status 412.
    """
    responses = operation["responses"]
    header = "If-Match" if 412 in responses else None  # noqa: PLR2004
    if method == "get" and "ETag" in responses[200].get("headers", {}):
        header = "If-None-Match"
        responses[304] = {"description": HTTP_STATUS_CODES[304], "headers": {"ETag": "ETag"}}
        responses[412] = {}
    if header:
        schema = {"type": "string", "examples": ['"33a64df551425fcc55e4d42a148795d9f25f89d4"']}
        parameter = {"in": "header", "name": header, "required": False, "schema": schema}
        parameter["description"] = CONDITIONS[header]
        operation.setdefault("parameters", []).append(parameter)


def component_id(name: str) -> str:
    """Return the name of a component: that of a header or status without other characters."""
    return "".join(filter(str.isalpha, name))


def error_name(status: int) -> str:
    """Return the name of the response for an error, such as "NotFound".

    The names of `HTTPStatus` depend on the version of Python.
    """
    return component_id(HTTP_STATUS_CODES[status])


def is_error(status: int) -> bool:
    """Return whether the status is that of an error."""
    return status >= 400  # noqa: PLR2004  # RFC 9110, section 15.


def implied_errors(path: str, operation: Mapping[str, Any]) -> Iterator[int]:
    """Yield the statuses of the errors that follow from the path, the body and the security."""
    yield from COMMON_ERRORS
    if "{" in path:
        yield 404
    if "requestBody" in operation:
        yield from BODY_ERRORS
    if "security" in operation:
        yield 401


def remove_null_defaults(parameters: list[Node]) -> None:
    """Describe a parameter that may be missing by its type; a URL or header cannot have `null`."""
    for parameter in parameters:
        schema = parameter["schema"]
        if schema.get("default", "") is None:
            del schema["default"]
            schema["type"] = schema["type"][0]
            if "enum" in schema:
                schema["enum"] = [value for value in schema["enum"] if value is not None]


def add_example(
    _converter: OpenAPIConverter, _field: fields.Field[Any], ret: Node, **_options: Any
) -> Node:
    """Return the example of a field that has none of its own, by its format or type."""
    types = ret.get("type")
    first_type = types[0] if isinstance(types, list) else types
    example = EXAMPLES.get(ret.get("format", first_type) or "")
    return {"examples": [example]} if example and not ret.keys() & {"enum", "examples"} else {}
