"""The matches of a search, highlighted in the texts that are shown to people."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from unicodedata import normalize

from markupsafe import Markup, escape

from service.search.query import Term
from service.search.words import LETTER, MARKS, fold, is_cjk

EXCERPT_LENGTH = 240
# How much of the text an excerpt shows before the first match.
EXCERPT_LEAD = 60
CACHED_CHARACTERS = 4_096


def highlight(text: str, terms: Sequence[Term]) -> Markup:
    """Return the text as HTML, with each match in a `<mark>` element."""
    if not terms:
        return escape(text)
    text = normalize("NFC", text)
    parts: list[str] = []
    end = 0
    for start, match_end in match_positions(text, terms):
        parts += [text[end:start], Markup("<mark>%s</mark>") % text[start:match_end]]
        end = match_end
    return Markup().join([*parts, text[end:]])


def excerpt_around_match(text: str, terms: Sequence[Term]) -> str | None:
    """Return the part of a text around its first match on one line, `None` without a match."""
    text = normalize("NFC", " ".join(text.split()))
    for first_match, _end in match_positions(text, terms):
        start = max(0, first_match - EXCERPT_LEAD)
        # The excerpt begins with a whole word if there is a space.
        start = (text.rfind(" ", 0, start) + 1 or start) if start else 0
        end = start + EXCERPT_LENGTH
        return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
    return None


def match_positions(text: str, terms: Sequence[Term]) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of each match in a text in the normal form C."""
    folded = list(map(fold_character, text))
    # The index of each character of the text in the folded text.
    starts = [0, *accumulate(map(len, folded))]
    pattern = re.compile("|".join(map(term_pattern, terms)))
    for match in pattern.finditer("".join(folded)):
        start, last = (
            bisect_right(starts, index) - 1 for index in (match.start(), match.end() - 1)
        )
        yield start, last + 1


@lru_cache(CACHED_CHARACTERS)
def fold_character(character: str) -> str:
    """Return a character without differences of case and width."""
    return fold(character)


def term_pattern(term: Term) -> str:
    """Return a regular expression for the matches of a term in a folded text."""
    word_character = rf"(?:{LETTER}|[{MARKS}])"
    pattern = r"[\W_]*".join(map(re.escape, term.words))
    if not is_cjk(term.words[0]):
        pattern = f"(?<!{word_character}){pattern}"
    if not is_cjk(term.words[-1]) and not term.is_prefix:
        pattern = f"{pattern}(?!{word_character})"
    return pattern
