"""The rule for names, and the forms in which two names are compared."""

# ruff: noqa: RUF001  # Letters that look alike.

import string

import pytest

from service.accounts.names import (
    MAX_CANONICAL_LENGTH,
    NAME,
    canonical_name,
    confusable_prototypes,
    name_skeleton,
)


@pytest.fixture(autouse=True)
def _isolate() -> None:
    """Skip the clean-up of the database, which these tests do not use."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("  Kim   Lee ", "Kim Lee", id="spaces"),
        pytest.param("Kim\r\nLee", "Kim Lee", id="line break"),
        pytest.param("Ju\u0308rgen", "J\xfcrgen", id="composed letter"),
        pytest.param("준", None, id="one syllable"),
        pytest.param("\uae40\ucca0\uc218 Kim", None, id="Korean and Latin"),
        pytest.param("김Kim", None, id="Korean and Latin in one word"),
        pytest.param("\u5c71\u7530 Taro", None, id="Japanese and Latin"),
        pytest.param("山田ひろコーTaro", None, id="Japanese scripts in one word"),
        pytest.param("王ㄅㄆ", None, id="Chinese and Bopomofo"),
        pytest.param("\u0414\u043c\u0438\u0442\u0440\u0438\u0439", None, id="Cyrillic"),
        pytest.param("Вера Ann", None, id="Cyrillic and Latin words"),
        pytest.param("\u0393\u03b9\u03ac\u03bd\u03bd\u03b7\u03c2", None, id="Greek"),
        pytest.param("Δ Team", None, id="Greek letter as a word"),
        pytest.param("Արամ", None, id="Armenian"),
        pytest.param("ᏣᎳᎩ", None, id="Cherokee"),
        pytest.param("علی\u200cرضا", None, id="Persian with a zero-width non-joiner"),
        pytest.param("क्\u200dष अनिल", None, id="Hindi with a zero-width joiner"),
        pytest.param("Ann ❤\ufe0f", None, id="emoji with a variation selector"),
        pytest.param("Ann 👩🏽\u200d💻", None, id="emoji with a zero-width joiner"),
        pytest.param("O'Neil-3_x \N{GRINNING FACE}", None, id="punctuation and emoji"),
    ],
)
def test_valid_name_keeps_its_spelling(name: str, expected: str | None) -> None:
    cleaned = NAME.clean(name)

    assert cleaned == (expected or name)
    assert NAME.error_message(cleaned) is None


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param("ADMIN", id="case"),
        pytest.param(" admin ", id="leading and trailing spaces"),
        pytest.param("\uff41dmin", id="full-width letters"),
        pytest.param("\U0001d41admin", id="mathematical bold"),
        pytest.param("\u24d0\u24d3\u24dc\u24d8\u24dd", id="circled"),
        pytest.param("adm\u0131n".replace("\u0131", "\u2170"), id="Roman numeral"),
    ],
)
def test_name_with_the_same_letters_has_the_same_canonical_form(spelling: str) -> None:
    cleaned = NAME.clean(spelling)

    assert NAME.error_message(cleaned) is None
    assert canonical_name(cleaned) == "admin"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        pytest.param("paypal", "paypaI", id="small l and capital I"),
        pytest.param("Kim 10", "Kim lO", id="digits and letters"),
        pytest.param("Barney", "Bamey", id="r and n like m"),
        pytest.param("scope", "ѕсоре", id="Cyrillic word like a Latin one"),
        pytest.param("BOBA", "ВОВА", id="Cyrillic capitals"),
        pytest.param("o", "օ", id="Armenian letter"),
        pytest.param("O", "ꓳ", id="Lisu letter"),
        pytest.param("o 3", "ⲟ 3", id="Coptic letter"),
        pytest.param("A1", "Ꭺ1", id="Cherokee letter"),
        pytest.param("كيم", "کیم", id="Arabic and Persian letters"),
        pytest.param("Ann ❤", "Ann ❤\ufe0f", id="variation selector"),
        pytest.param("علیرضا", "علی\u200cرضا", id="zero-width non-joiner"),
    ],
)
def test_names_that_look_alike_have_the_same_skeleton(name: str, other: str) -> None:
    assert NAME.error_message(other) is None
    assert name_skeleton(NAME.clean(other)) == name_skeleton(NAME.clean(name))


def test_no_letter_of_a_name_can_be_replaced_by_one_that_looks_like_it() -> None:
    accepted = [
        (character, prototype)
        for character, prototype in confusable_prototypes().items()
        if prototype in string.ascii_letters
        and name_skeleton(f"K{character}m") != name_skeleton(f"K{prototype}m")
        and NAME.error_message(NAME.clean(f"K{character}m")) is None
    ]

    assert accepted == []


@pytest.mark.parametrize(
    ("name", "other"), [("Ali", "Ally"), ("Clara", "Ciara"), ("김철수", "김철주"), ("Ivo", "Iva")]
)
def test_names_that_differ_have_different_skeletons(name: str, other: str) -> None:
    assert name_skeleton(name) != name_skeleton(other)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u0430dmin", id="Cyrillic among Latin"),
        pytest.param("adm\u03b9n", id="Greek among Latin"),
        pytest.param("Ꭺdmin", id="Cherokee among Latin"),
        pytest.param("admiո", id="Armenian among Latin"),
        pytest.param("ꓮdmin", id="Lisu among Latin"),
        pytest.param("ⲟwner", id="Coptic among Latin"),
        pytest.param("\uff41\uff44\uff4d\u0456\uff4e", id="Cyrillic among wide Latin"),
        pytest.param("\U0001d41adm\u0456n", id="Cyrillic among bold Latin"),
        pytest.param("admin\u200b", id="zero-width space"),
        pytest.param("ad\u200dmin", id="zero-width joiner"),
        pytest.param("ad\u200cmin", id="zero-width non-joiner"),
        pytest.param("김\u200c철수", id="zero-width non-joiner in Korean"),
        pytest.param("ad\xadmin", id="soft hyphen"),
        pytest.param("ad\u034fmin", id="combining grapheme joiner"),
        pytest.param("admin\ufe0f", id="variation selector"),
        pytest.param("admin\U000e0101", id="supplementary variation selector"),
        pytest.param("admin\u3164", id="Hangul filler"),
        pytest.param("admin \U000e0061\U000e0062", id="tag characters"),
        pytest.param("\u115f\u1160", id="only Hangul fillers"),
        pytest.param("\uffa0\uffa0", id="half-width Hangul fillers"),
        pytest.param("\u2800\u2800", id="blank Braille patterns"),
        pytest.param("nimda\u202e", id="right-to-left override"),
        pytest.param("adm\ue000n", id="private use"),
        pytest.param("adm\U000e0fffn", id="unassigned code point"),
        pytest.param("adm\ud800n", id="lone surrogate"),
        pytest.param("adm\x07n", id="control character"),
        pytest.param("\ufdfa" * 40, id="expanded by normalization"),
        pytest.param("x" * 41, id="too long"),
        pytest.param("   ", id="only spaces"),
    ],
)
def test_confusable_or_invalid_name_is_rejected(text: str) -> None:
    assert NAME.error_message(NAME.clean(text))


CHARACTERS_CHANGED_BY_NORMALIZATION = [
    pytest.param("\u0130", id="I with a dot"),
    pytest.param("\u1e9e", id="sharp S"),
    pytest.param("\u03a3", id="final sigma"),
    pytest.param("\ufb01", id="ligature"),
    pytest.param("\u212b", id="Angstrom sign"),
    pytest.param("\u0345\u0301", id="iota subscript"),
    pytest.param("\u01c5", id="titlecase digraph"),
    pytest.param("\u1f80", id="Greek with three marks"),
    pytest.param("\u3392", id="squared abbreviation"),
    pytest.param("\u00a8", id="diaeresis with a space"),
]


@pytest.mark.parametrize("character", CHARACTERS_CHANGED_BY_NORMALIZATION)
def test_normalizing_a_name_is_idempotent(character: str) -> None:
    cleaned = NAME.clean(f"a{character}b{character}")

    assert NAME.clean(cleaned) == cleaned
    assert canonical_name(canonical_name(cleaned)) == canonical_name(cleaned)


@pytest.mark.parametrize("character", ["\u3316", "뢟", "\u1f80", "W"])
def test_compared_forms_of_a_valid_name_fit_their_columns(character: str) -> None:
    longest = next(
        name
        for name in (character * count for count in range(40, 0, -1))
        if NAME.error_message(name) is None
    )

    assert len(canonical_name(longest)) <= MAX_CANONICAL_LENGTH
    assert len(name_skeleton(longest)) <= MAX_CANONICAL_LENGTH
