"""What a person typed into the search field, as terms that must all match."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.search.words import is_cjk, split_tokens, split_words

QUOTES = '"“”'
# A quoted phrase, whose last quote may be missing, or a word.
TERM_PATTERN = re.compile(rf"[{QUOTES}](?P<phrase>[^{QUOTES}]*)[{QUOTES}]?|[^\s{QUOTES}]+")


@dataclass(frozen=True)
class Term:
    """A word or a phrase: words that must follow one another.

    With `is_prefix`, the last word may be the beginning of a longer one. A CJK word may be any
    part of a longer one.
    """

    words: tuple[str, ...]
    is_prefix: bool = False

    def tokens(self) -> list[str]:
        """Return the tokens that follow one another in the texts that match.

        The last one ends with `*` if it may be the beginning of a longer token.
        """
        tokens = split_tokens(" ".join(self.words))
        last = self.words[-1]
        if is_cjk(last) and len(last) > 1:
            # The last character is part of the token before. In a text, others may follow it.
            return tokens[:-1]
        return [*tokens[:-1], f"{tokens[-1]}*"] if is_cjk(last) or self.is_prefix else tokens


def parse_query(text: str) -> tuple[Term, ...]:
    """Return the terms of a search; none if it has no letter or digit.

    The last word is a prefix, unless it is quoted. No character is an operator except the quotes.
    """
    return tuple(find_terms(text))


def find_terms(text: str) -> Iterator[Term]:
    """Yield the terms of a search."""
    matches = list(TERM_PATTERN.finditer(text))
    for match in matches:
        phrase = match["phrase"]
        words = split_words(match[0] if phrase is None else phrase)
        if words:
            yield Term(tuple(words), is_prefix=phrase is None and match is matches[-1])
