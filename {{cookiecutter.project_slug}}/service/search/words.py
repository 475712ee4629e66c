"""How a text is split into words, and words into the tokens that the full-text index contains.

Korean, Japanese and Chinese text is found by bigrams, because a word there may be followed by
particles, or by another word without a space.
"""

import re
from unicodedata import category, normalize

# Hangul, kana and ideographs.
CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7fb\uf900-\ufaff\U00020000-\U0003ffff"
)
CJK_PATTERN = re.compile(f"[{CJK}]")
LETTER = rf"[^\W_{CJK}]"
# Combining marks, such as the vowel signs of Hindi and Thai. Those of emoji have higher numbers.
MARKS = "".join(
    character
    for character in map(chr, [*range(0x300, 0x1E00), *range(0xA800, 0xAC00)])
    if category(character) in {"Mn", "Mc"}
)
# Vowel points of Hebrew and Arabic, which most texts leave out.
VOWEL_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670]")
WORD = rf"{LETTER}+(?:[{MARKS}]+{LETTER}*)*"
WORD_PATTERN = re.compile(rf"[{CJK}]+|{WORD}")
# Longer words are found by their beginning. InnoDB does not index words of more than 84 characters.
MAX_WORD_LENGTH = 60
# Each character of a CJK word with the next one, which is not consumed; or another word.
TOKEN_PATTERN = re.compile(rf"(?=([{CJK}]{{1,2}}))[{CJK}]|({WORD})")


def fold(text: str) -> str:
    """Return the text without differences of case, width, composition and vowel points.

    A text and its canonical equivalents have the same result, as has "Straße" and "STRASSE".
    """
    if text.isascii():
        return text.lower()
    return VOWEL_POINTS.sub("", normalize("NFKC", normalize("NFKC", text).casefold()))


def split_words(text: str) -> list[str]:
    """Return the words of a text, folded: each is either CJK or without any CJK character."""
    return WORD_PATTERN.findall(fold(text))


def is_cjk(word: str) -> bool:
    """Return whether a word of `split_words` is Korean, Japanese or Chinese."""
    return CJK_PATTERN.match(word) is not None


def split_tokens(folded: str) -> list[str]:
    """Return the tokens of a folded text, in its order.

    A CJK word has one token for each character: the character and the next one. The last
    character is a token of its own, so that each single character is the beginning of a token.
    """
    return [bigram or word[:MAX_WORD_LENGTH] for bigram, word in TOKEN_PATTERN.findall(folded)]


def tokenize(text: str) -> list[str]:
    """Return the tokens of a text, in its order."""
    return split_tokens(fold(text))
