"""Texts that are built to take long: no text may need more work than a few others of its length."""

import pytest

from service.board.markdown import render_markdown
from service.board.markdown_limits import MAX_HTML_LENGTH
from service.board.rules import BODY
from tests.board.conftest import cpu_seconds


def repeat(text: str) -> str:
    """Return a text of the greatest length that consists of the repeated text."""
    return (text * (BODY.maximum // len(text) + 1))[: BODY.maximum]


# fmt: off
REPEATED = [
    *"[]*_`~<>!&#|\\(:-=+. \na", "![", "[a](", "[]()", "[[]", "[![", "[a\n", "](", "*_", "**a ",
    "a**b", "*a_ ", "~~a ", "> ", "> a\n", "- a\n", "- ", "1. a\n", "# a\n", "a\n", "- a\n\n",
    "a\n===\n", "```\n", "&amp;", "&#x1F600;", "<a", "<http://a>", "http://a ", "http://a.b",
    "http://a.b/( ", "mailto:a@b ", "[a]: b\n", "[a]: b '\n", "|a|b\n|-|-\n", "<![CDATA[", "<!--",
    "` `` ", "\\\n", "\x00",
]
HOSTILE = [
    *map(repeat, REPEATED),
    "[" * 10_000 + "]" * 10_000,
    "*" * 10_000 + "a" + "*" * 9_999,
    "![" * 3_000 + "](a)" * 3_500,
    "".join(f"{'`' * length}a" for length in range(1, 199)),
    "".join(f"{'  ' * depth}- a\n" for depth in range(140)),
    "> " * 5_000 + "\n" + "> " * 4_999,
    "> " * 18 + "a\n" + "b\n" * 9_900,
    "- " * 18 + "a\n" + "b\n" * 9_900,
    "[a]: " + "b" * 10_000 + "\n\n" + "[a]" * 3_300,
    "".join(f"[{number}]: a\n" for number in range(900)) + "".join(f"[{n}]" for n in range(900)),
    "a|" * 3_300 + "\n" + "-|" * 3_300 + "\n" + "a|" * 3_300,
    "|a" * 500 + "\n" + "|-" * 500 + "\n" + "a\n" * 9_000,
    "|" + "a|" * 3_000 + "\n|" + "-|" * 3_000 + "\n" + "|\n" * 3_900,
    "http://" + "a." * 9_990,
    "http://" + "é" * 19_990,
    "mailto:a@" + "a-" * 9_990,
    "http://a.b/" + "(" * 9_990 + ")" * 9_990,
]
# fmt: on


@pytest.fixture(autouse=True)
def _empty_tables() -> None:
    """Skip the clean-up of the database, which these tests do not use."""


@pytest.mark.parametrize("text", HOSTILE, ids=[f"{text[:12]!r}" for text in HOSTILE])
def test_hostile_text_is_rendered_in_time(text: str, limit: float) -> None:
    def render() -> None:
        # The sanitizer adds `rel` to each link.
        assert len(render_markdown(text[: BODY.maximum])) < 3 * MAX_HTML_LENGTH

    assert cpu_seconds(render, limit) < limit


@pytest.mark.parametrize("text", ["*_" * 9_000, "a\n" * 9_000, "[a](b) " * 2_500])
def test_costly_text_is_shown_as_plain_text(text: str) -> None:
    html = render_markdown(text)

    assert html == "<p>" + text.replace("\n", "<br>\n") + "</p>"


def test_plain_text_is_escaped() -> None:
    assert render_markdown("[" * 19_000 + "<b>").endswith("[&lt;b&gt;</p>")


def test_long_text_without_an_attack_is_rendered() -> None:
    paragraph = "Some *words* with `code` and a [link](http://a.org), again and again.\n\n"

    html = render_markdown(repeat(paragraph))

    assert html.count("<em>") > 250
