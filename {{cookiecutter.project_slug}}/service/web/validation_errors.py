"""The errors that webargs and marshmallow report for the fields of a request."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema

# The key under which marshmallow reports an error of a whole object.
WHOLE_OBJECT = "_schema"


def field_errors(messages: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield the `detail` of each error, with a `pointer` into the body or with a `parameter`."""
    for location, errors in messages.items():
        for path, message in flatten(errors):
            if location == "json":
                yield {"pointer": json_pointer(path), "detail": message}
            else:
                yield {"parameter": path[0] if path else "", "detail": message}


def flatten(errors: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the path (field names and list indexes) and the text of each error message."""
    if isinstance(errors, Mapping):
        for key, nested in errors.items():
            yield from flatten(nested, path if key == WHOLE_OBJECT else (*path, str(key)))
    elif isinstance(errors, list):
        for nested in errors:
            yield from flatten(nested, path)
    else:
        yield path, str(errors)


def json_pointer(path: Iterable[str]) -> str:
    """Return a path as a JSON pointer (RFC 6901); the empty path is the whole document."""
    return "".join(f"/{name.replace('~', '~0').replace('/', '~1')}" for name in path)


def invalid_fields(messages: Mapping[str, Any], schema: Schema | None) -> set[str]:
    """Return the names of the invalid fields for the log.

    A name that the schema does not have was invented by the client; it becomes "unknown".
    """
    names = {name for errors in messages.values() for name in errors}
    if schema is None:
        return names
    known = {WHOLE_OBJECT, *(field.data_key or name for name, field in schema.fields.items())}
    return {name if name in known else "unknown" for name in names}
