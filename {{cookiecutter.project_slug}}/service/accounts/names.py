"""The rule for the public names of members, and the forms in which two names are compared.

A name must not be mistaken for another member's name. It follows Unicode Technical Standard 39:
each word has letters of one script, and names that differ only in confusable letters are the same.
"""

import unicodedata
from functools import cache
from itertools import pairwise

from confusable_homoglyphs.categories import unique_aliases
from flask_babel import gettext

from service.accounts.rules import NORMALIZATION_LENGTH_FACTOR
from service.web.fields import INVISIBLE_CHARACTERS, TextRule, visible_text

# For the canonical name and the skeleton. Normalization makes some names longer.
MAX_CANONICAL_LENGTH = 240
# Scripts that are written together (UTS 39, section 5.2, "Highly Restrictive").
SCRIPT_COMBINATIONS = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
# The scripts of digits, punctuation and emoji, and of combining marks.
SHARED_SCRIPTS = {"COMMON", "INHERITED"}
# Format characters, private use and unassigned code points.
REJECTED_CATEGORIES = {"Cf", "Co", "Cn"}
EMOJI_CATEGORIES = {"So", "Sk"}
TEXT_STYLE, EMOJI_STYLE = "\ufe0e", "\ufe0f"
ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\u200c", "\u200d"
# The combining class of signs like the Devanagari virama, which a joiner may follow.
VIRAMA = 9
# Left-to-right marks, which surround right-to-left letters in the table of confusable letters.
LEFT_TO_RIGHT_MARK = "\u200e"


class NameRule(TextRule):
    """The rule for the public name of a member, which must not look like another member's name."""

    def clean(self, text: str) -> str:
        """Return the name as it is stored and shown: in NFC, and with single spaces."""
        text = " ".join(text.split())
        if len(text) > NORMALIZATION_LENGTH_FACTOR * self.maximum:
            return text
        return unicodedata.normalize("NFC", text)

    def error_message(self, text: str) -> str | None:
        """Return a message if a cleaned name is invalid or mixes scripts, else `None`."""
        if message := super().error_message(text):
            return message
        if any(is_stray(before, character) for before, character in pairwise(f" {text}")):
            return gettext("Remove the invisible characters.")
        if any(mixes_scripts(word) for word in canonical_name(text).split()):
            return gettext("Use letters from one alphabet only in each word.")
        if max(len(canonical_name(text)), len(name_skeleton(text))) > MAX_CANONICAL_LENGTH:
            return gettext("This name contains characters that are not supported.")
        return None


NAME = NameRule(minimum=1, maximum=40)


def canonical_name(name: str) -> str:
    """Return the name without the case, width and style of its letters (`NFKC_Casefold`)."""
    folded = unicodedata.normalize("NFKC", visible_text(name)).casefold()
    return unicodedata.normalize("NFKC", folded)


def name_skeleton(name: str) -> str:
    """Return a form of the name that is equal for names that look alike, without case.

    Each letter is replaced by the prototype of the letters it can be confused with (UTS 39,
    section 4), for example a capital I by a small l. The form is not for display.
    """
    prototypes = confusable_prototypes()
    letters = unicodedata.normalize("NFD", visible_text(name))
    skeleton = "".join(prototypes.get(letter, letter) for letter in letters)
    return unicodedata.normalize("NFKC", skeleton).casefold()


def mixes_scripts(word: str) -> bool:
    """Return whether a word has letters of scripts that are not written together."""
    scripts = unique_aliases(word) - SHARED_SCRIPTS
    return len(scripts) > 1 and not any(scripts <= allowed for allowed in SCRIPT_COMBINATIONS)


def is_stray(before: str, character: str) -> bool:
    """Return whether a character is invisible and does not change how the one before it looks.

    Joiners are part of words in Persian and in Indian languages (RFC 5892, appendix A). Joiners and
    variation selectors are part of emoji (UTS 51).
    """
    if not INVISIBLE_CHARACTERS.match(character):
        return unicodedata.category(character) in REJECTED_CATEGORIES
    is_virama = unicodedata.combining(before) == VIRAMA
    is_emoji = unicodedata.category(before) in EMOJI_CATEGORIES
    return not {
        TEXT_STYLE: is_emoji,
        EMOJI_STYLE: is_emoji,
        ZERO_WIDTH_JOINER: is_virama or is_emoji or before == EMOJI_STYLE,
        ZERO_WIDTH_NON_JOINER: is_virama or unicodedata.bidirectional(before) == "AL",
    }.get(character, False)


@cache
def confusable_prototypes() -> dict[str, str]:
    """Return the prototype of each confusable character, from the data of UTS 39."""
    # Imported on first use, because loading the table takes about 100 milliseconds.
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415

    prototypes = {}
    for character, homoglyphs in confusables_data.items():
        # The table lists each pair under both characters. Only a prototype has several homoglyphs.
        pair = (character, homoglyphs[0]["c"])
        prototype = max(pair, key=lambda text: (len(confusables_data[text]), len(text), text))
        prototypes[character.strip(LEFT_TO_RIGHT_MARK)] = prototype.strip(LEFT_TO_RIGHT_MARK)
    return prototypes
