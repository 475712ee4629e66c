"""The rules of what people may write."""

import pytest
from flask import Flask

from service.core.text import TextRule

LINE = TextRule(minimum=3, maximum=5)
LINES = TextRule(minimum=0, maximum=20, has_lines=True)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("  abc \n", "abc", id="space around it"),
        pytest.param("a\r\nb\rc\nd", "a\nb\nc\nd", id="line breaks of three systems"),
        pytest.param("\u3000안녕\u00a0", "안녕", id="wide and fixed spaces"),
        pytest.param("a  b", "a  b", id="space within it"),
    ],
)
def test_a_text_is_kept_clean(written: str, kept: str) -> None:
    assert LINES.clean(written) == kept


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(LINE, "abc", id="shortest"),
        pytest.param(LINE, "abcde", id="longest"),
        pytest.param(LINE, "😀😀😀😀😀", id="longest in characters of four bytes"),
        pytest.param(LINE, "a\u0301bc", id="combining mark"),
        pytest.param(LINES, "", id="empty where it may be"),
        pytest.param(LINES, "a\n\tb", id="lines and tabs"),
        pytest.param(LINES, "\u202eabc", id="right to left"),
    ],
)
def test_a_text_within_the_rule_has_no_problem(app: Flask, rule: TextRule, text: str) -> None:
    with app.test_request_context():
        assert rule.problem(text) is None


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        pytest.param(LINE, "", id="empty"),
        pytest.param(LINE, "ab", id="too short"),
        pytest.param(LINE, "abcdef", id="too long"),
        pytest.param(LINE, "a\nb", id="line break"),
        pytest.param(LINE, "a\tb", id="tab"),
        pytest.param(LINE, "a\u2028b", id="line separator"),
        pytest.param(LINE, "a\u2029b", id="paragraph separator"),
        pytest.param(LINES, "a\x00b", id="NUL"),
        pytest.param(LINES, "a\x1b[31m", id="escape"),
        pytest.param(LINES, "a\x7fb", id="delete"),
        pytest.param(LINES, "a\x85b", id="control character of the upper half"),
        pytest.param(LINES, "a\ud800b", id="half a character"),
        pytest.param(LINES, "x" * 21, id="too long for lines"),
    ],
)
def test_a_text_that_breaks_the_rule_has_a_problem(app: Flask, rule: TextRule, text: str) -> None:
    """R6.02, H18, H19."""
    with app.test_request_context():
        assert rule.problem(text)
