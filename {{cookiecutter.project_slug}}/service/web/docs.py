"""The page with the documentation of the JSON API."""

import json
from shlex import quote

from flask import Blueprint, render_template, request

from service.web.api import api
from service.web.openapi_document import Node, operations, resolve

bp = Blueprint("docs", __name__)


@bp.get("/api/v1/docs")
def show_docs() -> str:
    """Render the OpenAPI document as a page."""
    document = api.spec.to_dict()
    return render_template(
        "docs.html",
        document=document,
        operations=operations(document),
        curl_command=curl_command,
        problem=resolve(document, document["components"]["schemas"]["Problem"]),
    )


def curl_command(name: str, operation: Node) -> str:
    """Return a command that sends an example of the request; `name` is the method and the path."""
    method, _space, path = name.partition(" ")
    for parameter in operation["parameters"]:
        path = path.replace(f"{{{parameter['name']}}}", str(example(parameter["schema"])))
    parts = [f"curl {quote(request.url_root.rstrip('/') + path)}"]
    if method != "GET":
        parts[0] = parts[0].replace("curl", f"curl --request {method}", 1)
    if operation.get("security"):
        parts.append('--header "Authorization: Bearer $TOKEN"')
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        parts.append("--header 'Content-Type: application/json'")
        parts.append(f"--data {quote(json.dumps(example(schema), ensure_ascii=False))}")
    return " \\\n  ".join(parts)


def example(schema: Node) -> object:
    """Return an example of what the schema describes: that of the schema, or one of each field."""
    if "properties" in schema:
        return {name: example(field) for name, field in schema["properties"].items()}
    return schema.get("examples", [schema.get("minimum", "ID")])[0]
