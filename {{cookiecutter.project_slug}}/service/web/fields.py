"""Fields of requests: text rules, marshmallow fields with translated messages, a URL converter."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import format_decimal, gettext
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate
from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter, Map
from werkzeug.routing import ValidationError as RoutingValidationError

from service.database.columns import MAX_ID
from service.database.pagination import Order

# Control characters except tab and line feed; lone surrogates, which databases cannot store.
FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# Characters that are not shown, such as zero-width spaces and fillers: the Unicode property
# Default_Ignorable_Code_Point, annotation marks, and three characters with a blank glyph.
INVISIBLE_CHARACTERS = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00016fe4"
    r"\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Characters that override the direction of text, so that it looks like another text (Unicode
# Standard Annex 9, section 2). In a text of several lines, such as code, they may be intended.
DIRECTION_CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
LINE_BREAKS_AND_TABS = re.compile(r"[\t\n\u2028\u2029]")


def visible_text(text: str) -> str:
    """Return the text without the characters that are not shown."""
    return INVISIBLE_CHARACTERS.sub("", text).strip()


@dataclass(frozen=True)
class TextRule:
    """A rule for a text: its length in characters, and whether it may have several lines.

    Characters that are not shown do not count for the minimum.
    Pages and the API use the same rule for a field.
    """

    minimum: int
    maximum: int
    multiline: bool = False
    forbidden: ClassVar[re.Pattern[str]] = FORBIDDEN_CHARACTERS

    def clean(self, text: str) -> str:
        """Return the text to store: with a line feed for each line break; a single line stripped.

        A text of several lines is stored as typed: indentation has a meaning in Markdown.
        """
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if self.multiline else text.strip()

    def countable(self, text: str) -> str:
        """Return the part of a cleaned text that counts for the minimum."""
        return visible_text(text)

    def error_message(self, text: str) -> str | None:
        """Return the error message for a cleaned text, or `None` if the text is valid."""
        countable = self.countable(text)
        if not countable and self.minimum:
            return gettext("This field is required.")
        if self.forbidden.search(text):
            return gettext("Remove the characters that cannot be displayed.")
        if not self.multiline and (message := single_line_error(text)):
            return message
        if len(countable) < self.minimum:
            return gettext("Enter at least %(count)d characters.", count=self.minimum)
        if len(text) > self.maximum:
            return gettext(
                "Enter at most %(maximum)s characters (it has %(length)s).",
                maximum=format_decimal(self.maximum),
                length=format_decimal(len(text)),
            )
        return None


def single_line_error(text: str) -> str | None:
    """Return the error message for a text that must be a single line, or `None`."""
    if LINE_BREAKS_AND_TABS.search(text):
        return gettext("Enter a single line.")
    if DIRECTION_CONTROLS.search(text):
        return gettext("Remove the invisible characters.")
    return None


class TranslatedErrors:
    """A mixin for fields that translates error messages to the language of the request."""

    error_messages: dict[str, Any]

    def make_error(self, key: str, **values: Any) -> ValidationError:
        """Return the error with its message formatted; marshmallow formats only a `str`."""
        return ValidationError(str(self.error_messages[key]).format(**values))


class TextField(TranslatedErrors, fields.String):
    """A string that satisfies a text rule, deserialized to the cleaned text."""

    default_error_messages = {
        "required": _l("This field is required."),
        "null": _l("This field is required."),
        "invalid": _l("Enter a string."),
        "invalid_utf8": _l("Enter a string."),
    }

    def __init__(
        self, rule: TextRule, metadata: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        """Set the rule, whose lengths appear in the OpenAPI document beside `metadata`."""
        lengths = {"minLength": rule.minimum, "maxLength": rule.maximum}
        super().__init__(metadata={**lengths, **(metadata or {})}, **options)
        self.rule = rule

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = self.rule.clean(super()._deserialize(value, attr, data, **options) or "")
        if message := self.rule.error_message(text):
            raise ValidationError(message)
        return text


class BoundedIntegerField(TranslatedErrors, fields.Integer):
    """An integer between two bounds, both included."""

    default_error_messages = {
        "invalid": _l("Enter an integer."),
        "null": _l("This field is required."),
        "required": _l("This field is required."),
    }

    def __init__(self, minimum: int, maximum: int, **options: Any) -> None:
        """Set the bounds."""
        message = _l("Enter a number between {min} and {max}.")
        super().__init__(validate=validate.Range(minimum, maximum, error=message), **options)


class ChoiceField(fields.String):
    """One of several strings."""

    def __init__(self, choices: Collection[str], **options: Any) -> None:
        """Set the strings."""
        message = _l("Must be one of: {choices}.")
        super().__init__(validate=validate.OneOf(choices, error=message), **options)


class CursorField(TranslatedErrors, fields.String):
    """A query parameter with a cursor: the `next` or `previous` of another page of the list."""

    default_error_messages = {"invalid_cursor": _l("Invalid cursor.")}

    def __init__(self, order: Callable[[Mapping[str, Any]], Order], **options: Any) -> None:
        """Set `order`, a function from the query parameters to the order of the list."""
        super().__init__(**options)
        self.order = order

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        try:
            return self.order(data).parse_cursor(text or "")
        except ValueError as error:
            raise self.make_error("invalid_cursor") from error


class IdConverter(IntegerConverter):
    """The URL converter `<id:name>`: an integer from 1 to `MAX_ID`."""

    regex = "[1-9][0-9]{0,9}"

    def __init__(self, url_map: Map) -> None:
        """Set the bounds; a URL with a larger number does not match."""
        super().__init__(url_map, min=1, max=MAX_ID)

    def to_python(self, value: str) -> int:
        """Return the id; raise `NotFound` for a larger number.

        Werkzeug would respond with 405 if other methods have a route for this path.
        """
        try:
            return int(super().to_python(value))
        except RoutingValidationError as error:
            raise NotFound from error
