"""What people may write: one rule, wherever it comes in and wherever it is kept."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields

from service.core.fields import Translated

# Control characters, and the halves of a character that no database stores (surrogates).
UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
LINE_BREAKS = re.compile(r"[\t\n\u2028\u2029]")


@dataclass(frozen=True)
class TextRule:
    """How long a text may be, in characters, and whether it may have more than one line."""

    minimum: int
    maximum: int
    has_lines: bool = False
    unwritable: ClassVar[re.Pattern[str]] = UNWRITABLE

    def clean(self, text: str) -> str:
        """Return the text as it is kept: without space around it, lines ending in a line feed."""
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()

    def problem(self, text: str) -> str | None:
        """Return what is wrong with a clean text, as a sentence for its writer; None if nothing."""
        if not text and self.minimum:
            return gettext("Write something here.")
        if self.unwritable.search(text):
            return gettext("This holds characters that cannot be shown. Type it anew.")
        if not self.has_lines and LINE_BREAKS.search(text):
            return gettext("Write this on one line.")
        return self._length_problem(len(text))

    def _length_problem(self, length: int) -> str | None:
        if length < self.minimum:
            return gettext("Write at least %(count)d characters.", count=self.minimum)
        if length > self.maximum:
            return gettext(
                "Write at most %(maximum)d characters; there are %(length)d.",
                maximum=self.maximum,
                length=length,
            )
        return None


class TextField(Translated, fields.String):
    """A text of the API that keeps to a rule. It takes strings only, and turns nothing into one."""

    default_error_messages = {
        "required": _l("This is missing."),
        "null": _l("This is missing."),
        "invalid": _l("This must be a text."),
        "invalid_utf8": _l("This must be a text."),
    }

    def __init__(self, rule: TextRule, **options: Any) -> None:
        """Document the rule's lengths in the API's description as well."""
        lengths = {"minLength": rule.minimum, "maxLength": rule.maximum}
        super().__init__(metadata=lengths, **options)
        self.rule = rule

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = self.rule.clean(super()._deserialize(value, attr, data, **options) or "")
        if sentence := self.rule.problem(text):
            raise ValidationError(sentence)
        return text
