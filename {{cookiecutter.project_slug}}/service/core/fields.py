"""Fields of the API that say in the reader's language what is wrong with them."""

from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate


class Translated:
    """Makes a field's error messages out of messages that are translated when they are shown."""

    error_messages: dict[str, Any]

    def make_error(self, key: str, **values: Any) -> ValidationError:
        """Return the error; the library takes only what is a string already."""
        return ValidationError(str(self.error_messages[key]).format(**values))


class WholeNumberField(Translated, fields.Integer):
    """A whole number within bounds."""

    default_error_messages = {
        "invalid": _l("Give a whole number."),
        "null": _l("This is missing."),
        "required": _l("This is missing."),
    }

    def __init__(self, minimum: int, maximum: int, **options: Any) -> None:
        """Take the bounds; both count."""
        sentence = _l("Give a number from {min} to {max}.")
        super().__init__(validate=validate.Range(minimum, maximum, error=sentence), **options)


class ChoiceField(Translated, fields.Enum[Any]):
    """One of the words of an enumeration."""

    default_error_messages = {"unknown": _l("This must be one of: {choices}.")}
