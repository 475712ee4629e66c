"""The author of a post, as everybody sees them."""

from typing import Any

from marshmallow import fields

PROPERTIES = {"id": {"type": "integer"}, "name": {"type": "string"}}


class AuthorField(fields.Field[Any]):
    """Who wrote a post: a member's id and name, and nothing else of them."""

    def __init__(self) -> None:
        """Describe the field; the post has what it shows at hand."""
        metadata = {"type": "object", "properties": PROPERTIES}
        super().__init__(attribute="author_id", data_key="author", metadata=metadata)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_options: Any) -> dict[str, Any]:
        del attr
        return {"id": value, "name": obj.author_name}
