"""The breaking changes between two OpenAPI documents, and the command `openapi check`."""

import json
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import with_appcontext

from service.web.api import api
from service.web.openapi_document import Node, operations

LIMITS = {"minLength": 1, "minimum": 1, "maxLength": -1, "maximum": -1}


def init_app(app: Flask) -> None:
    """Add the command to the group `openapi`, which flask-smorest has registered."""
    group = app.cli.commands["openapi"]
    group.add_command(check)  # type: ignore[attr-defined]  # It is a `click.Group`.


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def check(file: Path) -> None:
    """Compare the OpenAPI document with a file, and name breaking changes."""
    old = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"paths": {}}
    new = json.loads(json.dumps(api.spec.to_dict()))
    if new != old:
        lines = [f"Breaking change: {change}" for change in breaking_changes(old, new)]
        lines.append(f"{file} is out of date. If the changes are intended: make openapi")
        raise click.ClickException("\n".join(lines))


def breaking_changes(old: Node, new: Node) -> Iterator[str]:
    """Yield each change after which a client of the old document may fail."""
    new_operations = operations(new)
    for name, operation in operations(old).items():
        if name in new_operations:
            yield from operation_changes(name, operation, new_operations[name])
        else:
            yield f"{name} has been removed."


def operation_changes(name: str, old: Node, new: Node) -> Iterator[str]:
    """Yield the breaking changes of an operation."""
    if old.get("operationId") != new.get("operationId"):
        yield f"{name}: the operationId has changed, and so do the names in generated clients."
    if new.get("security") and not old.get("security"):
        yield f"{name} requires authentication."
    yield from schema_changes(f"{name}: request", request(old), request(new), is_request=True)
    for status, response in old["responses"].items():
        if not status.startswith("2"):
            continue
        contents = content(response), content(new["responses"].get(status, {}))
        yield from schema_changes(f"{name}: response", *contents, is_request=False)


def request(operation: Node) -> Node:
    """Return a schema whose properties are the body and the parameters of a request."""
    parameters = operation["parameters"]
    body = operation.get("requestBody", {})
    properties = {parameter["name"]: parameter["schema"] for parameter in parameters}
    required = [parameter["name"] for parameter in parameters if parameter.get("required")]
    if body:
        properties["body"] = content(body)
    return {"properties": properties, "required": required + ["body"] * bool(body.get("required"))}


def content(node: Node) -> Node:
    """Return the schema of a body, `{}` without a body."""
    schemas: list[Node] = [media["schema"] for media in node.get("content", {}).values()]
    return schemas[0] if schemas else {}


def schema_changes(place: str, old: Node, new: Node, *, is_request: bool) -> Iterator[str]:
    """Yield the breaking changes of a schema.

    What a client sends must stay valid, and what it receives must have been valid before.
    """
    sender, receiver = (old, new) if is_request else (new, old)
    for kind in ("type", "enum"):
        if kind in receiver and not values(sender, kind) <= values(receiver, kind):
            yield f"{place}: the {kind} has changed from {old.get(kind)} to {new.get(kind)}."
    for limit, sign in LIMITS.items():
        if is_request and limit in new and sign * new[limit] > sign * old.get(limit, -sign * inf):
            yield f"{place}: {limit} has changed from {old.get(limit)} to {new[limit]}."
    new_properties = new.get("properties", {})
    for field in sorted({*receiver.get("required", [])} - {*sender.get("required", [])}):
        if field in new_properties:
            yield f"{place}/{field} {'is required' if is_request else 'may be missing'}."
    for field, schema in old.get("properties", {}).items():
        if field in new_properties:
            changed = new_properties[field]
            yield from schema_changes(f"{place}/{field}", schema, changed, is_request=is_request)
        else:
            yield f"{place}/{field} has been removed."
    if "items" in old and "items" in new:
        items = old["items"], new["items"]
        yield from schema_changes(f"{place}/items", *items, is_request=is_request)


def values(schema: Node, kind: str) -> set[Any]:
    """Return the types or the enumerated values that a schema allows."""
    allowed = schema.get(kind, ["anything"])
    return set(allowed) if isinstance(allowed, list) else {allowed}
