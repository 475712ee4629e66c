"""Reading an OpenAPI document: its operations, without references."""

from typing import Any

# A JSON object of the document.
Node = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")


def operations(document: Node) -> dict[str, Node]:
    """Return the operations by method and path, with each reference replaced by its target."""
    return {
        f"{method.upper()} {path}": {
            **resolve(document, item[method]),
            "parameters": resolve(
                document, [*item.get("parameters", []), *item[method].get("parameters", [])]
            ),
        }
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def resolve(document: Node, node: Any, parents: tuple[str, ...] = ()) -> Any:
    """Return a part of the document with each reference replaced by its target.

    A schema that contains itself becomes `{}`, which allows any value.
    """
    if isinstance(node, list):
        return [resolve(document, element, parents) for element in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return {key: resolve(document, value, parents) for key, value in node.items()}
    if reference in parents:
        return {}
    target: Any = document
    for key in reference.removeprefix("#/").split("/"):
        target = target[key]
    return resolve(document, target, (*parents, reference))
