"""How texts are split into words and tokens."""

from unicodedata import normalize

import pytest

from service.search.words import MAX_WORD_LENGTH, fold, tokenize


@pytest.mark.parametrize(
    ("text", "same"),
    [
        pytest.param("Привет", "привет", id="Cyrillic"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
        pytest.param("\uff26\uff4c\uff41\uff53\uff4b", "flask", id="full-width letters"),
        pytest.param("ﾃｽﾄ", "テスト", id="half-width kana"),
        pytest.param(normalize("NFD", "결제 서버"), "결제 서버", id="decomposed Hangul"),
        pytest.param(normalize("NFD", "Café"), "CAFÉ", id="decomposed accent"),
        pytest.param("كِتَابٌ", "كتاب", id="Arabic vowel points"),
        pytest.param("שָׁלוֹם", "שלום", id="Hebrew vowel points"),
        pytest.param("ΣΊΣΥΦΟΣ", "σίσυφος", id="final sigma"),
    ],
)
def test_texts_that_look_alike_are_equal(text: str, same: str) -> None:
    assert fold(text) == fold(same)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("How do I begin?", ["how", "do", "i", "begin"], id="words"),
        pytest.param("snake_case, e-mail", ["snake", "case", "e", "mail"], id="punctuation"),
        pytest.param("결제 서버", ["결제", "제", "서버", "버"], id="bigrams"),
        pytest.param("데이터", ["데이", "이터", "터"], id="overlapping bigrams"),
        pytest.param("Flask로", ["flask", "로"], id="particle after a Latin word"),
        pytest.param("東京都", ["東京", "京都", "都"], id="Japanese"),
        pytest.param("हिन्दी में", ["हिन्दी", "में"], id="Hindi"),
        pytest.param("ที่นี่ ดี", ["ที่นี่", "ดี"], id="Thai"),
        pytest.param("Say ❤\ufe0f 1\ufe0f\u20e3", ["say", "1"], id="emoji"),
        pytest.param("*** -- \"'", [], id="no word"),
    ],
)
def test_text_is_split_into_tokens(text: str, tokens: list[str]) -> None:
    assert list(tokenize(text)) == tokens


def test_tokens_of_long_words_are_short() -> None:
    [token] = tokenize("x" * 20_000)

    assert token == "x" * MAX_WORD_LENGTH
