"""Matches highlighted in texts."""

from unicodedata import normalize

import pytest

from service.search.highlight import EXCERPT_LENGTH, excerpt_around_match, highlight
from service.search.query import parse_query


@pytest.mark.parametrize(
    ("text", "query", "html"),
    [
        pytest.param("A needle", "need", "A <mark>need</mark>le", id="prefix"),
        pytest.param(
            "Needles, needle", '"needle"', "Needles, <mark>needle</mark>", id="whole word"
        ),
        pytest.param("unneeded", "need", "unneeded", id="not within a word"),
        pytest.param(
            "e-mail or email", "e-mail", "<mark>e-mail</mark> or <mark>email</mark>", id="parts"
        ),
        pytest.param("Die Straße", "STRASSE", "Die <mark>Straße</mark>", id="longer when folded"),
        pytest.param(
            "\uff26\uff4c\uff41\uff53\uff4b!",
            "flask",
            "<mark>\uff26\uff4c\uff41\uff53\uff4b</mark>!",
            id="full width",
        ),
        pytest.param(
            "데이터베이스", "터베", "데이<mark>터베</mark>이스", id="part of a Korean word"
        ),
        pytest.param(normalize("NFD", "결제"), "결제", "<mark>결제</mark>", id="decomposed Hangul"),
        pytest.param(
            "<b>x</b> & x", "x", "&lt;b&gt;<mark>x</mark>&lt;/b&gt; &amp; <mark>x</mark>", id="HTML"
        ),
        pytest.param("हिन्दी", "हिन", "<mark>हिन</mark>्दी", id="beginning of a Hindi word"),
        pytest.param("हिन्दी", "दी", "हिन्दी", id="not within a Hindi word"),
        pytest.param("كِتَاب", "كتاب", "<mark>كِتَاب</mark>", id="Arabic vowel points"),
        pytest.param("<i>", "", "&lt;i&gt;", id="no search"),
        pytest.param("a+b", "+", "a+b", id="no word"),
    ],
)
def test_matches_are_highlighted(text: str, query: str, html: str) -> None:
    assert str(highlight(text, parse_query(query))) == html


def test_excerpt_shows_the_first_match() -> None:
    text = f"{'before ' * 50}needle {'after ' * 100}"

    excerpt = excerpt_around_match(text, parse_query("needle")) or ""

    assert "needle" in excerpt
    assert excerpt.startswith("…before ")
    assert excerpt.endswith("…")
    assert len(excerpt) == EXCERPT_LENGTH + 2


def test_excerpt_without_a_match_is_empty() -> None:
    assert excerpt_around_match("one two", parse_query("three")) is None


def test_excerpt_of_a_text_without_spaces_shows_the_match() -> None:
    text = f"{'-' * 20_000}needle{'-' * 20_000}"

    assert "needle" in (excerpt_around_match(text, parse_query("needle")) or "")
