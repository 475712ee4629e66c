"""Highlighting of code blocks."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.board.code_blocks import (
    LANGUAGES,
    MAX_BACKSLASHES,
    MAX_CODE_LENGTH,
    MAX_LINE_LENGTH,
    MAX_LINES,
    highlight,
)
from service.board.markdown import render_markdown
from tests.board.conftest import cpu_seconds
from tests.page import Page

# fmt: off
FRAGMENTS = [
    "/*", "*/", "//", "<!--", "<a ", '"', "'''", "${", "{", "(", "[", "<", "\\", "#", "\n", "a ",
    "a: ", "a=", "- ", "$ ", ">>> ", "@@ ", "def ", "0x", "1.", "?", "&", ";", "/", "<<A\n", "<?",
    "`", "@", "é",
]
# fmt: on


@pytest.fixture(autouse=True)
def _empty_tables() -> None:
    """Skip the clean-up of the database, which these tests do not use."""


def shape_lines(code: str) -> str:
    """Return the code within the limits of highlighting."""
    lines = [
        line[start : start + MAX_LINE_LENGTH]
        for line in code.split("\n")
        for start in range(0, len(line) or 1, MAX_LINE_LENGTH)
    ]
    return "\n".join(lines[:MAX_LINES])[:MAX_CODE_LENGTH]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("a = 1\n", True, id="short code"),
        pytest.param(("a" * 99 + "\n") * (MAX_CODE_LENGTH // 100 - 1), True, id="longest code"),
        pytest.param(("a" * 99 + "\n") * (MAX_CODE_LENGTH // 100 + 1), False, id="too long"),
        pytest.param("a = 1\n" * MAX_LINES, False, id="too many lines"),
        pytest.param("a" * (MAX_LINE_LENGTH + 1), False, id="line too long"),
        pytest.param("'\\\\\\\\'\n" * (MAX_BACKSLASHES // 4 + 1), False, id="backslashes"),
    ],
)
def test_only_short_code_is_highlighted(code: str, expected: bool) -> None:
    html = render_markdown(f"```python\n{code}\n```")

    assert ("<span" in html) == expected
    assert Page(html).text.strip() == code.strip()


def test_limit_holds_for_all_code_blocks_of_a_text() -> None:
    block = "```python\n" + ("a" * 99 + "\n") * 20 + "```\n"

    blocks = render_markdown(block * 3).split("</pre>")

    assert ["<span" in html for html in blocks] == [True, True, False, False]


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ("python", True),
        ("Python", True),
        ("python title=x", True),
        ("", False),
        ("klingon", False),
        ("java", False),
    ],
)
def test_language_is_named_after_the_fence(info: str, expected: bool) -> None:
    assert ("<span" in render_markdown(f"```{info}\nint a = 1;\n```")) == expected


@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_hostile_code_is_highlighted_in_time(language: str, limit: float) -> None:
    for fragment in FRAGMENTS:
        work = partial(highlight, shape_lines(fragment * MAX_CODE_LENGTH), language)
        assert cpu_seconds(work, limit) < limit, fragment


@settings(deadline=None)
@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.lists(st.sampled_from(FRAGMENTS), max_size=50).map("".join),
)
def test_highlighting_changes_no_character(language: str, code: str) -> None:
    code += "\n"

    assert Page(highlight(code, language)).text == code
