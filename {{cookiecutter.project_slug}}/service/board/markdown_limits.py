"""Limits of the work that one text may cause while it is parsed as Markdown.

Most of the time goes into the rules that the parser tries at each line and at each character with a
meaning, so these are counted. A text of 20,000 characters rarely needs more than `MAX_STEPS`;
some built for the purpose would need millions.
"""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_inline import StateInline

MAX_STEPS = 5000
STEPS_PER_BLOCK = 4
MAX_DELIMITERS = 4000
DELIMITERS = "*_~"
# References and highlighted code can make the HTML much longer than the text.
MAX_HTML_LENGTH = 200_000
# In a word of many URLs, the search for the end starts again at each of them.
MAX_URLS = 500
MAX_URLS_PER_WORD = 5


class TooCostlyError(Exception):
    """The text takes too long to parse."""


def check_text(text: str) -> None:
    """Raise `TooCostlyError` for too many delimiters of emphasis, or too many URLs."""
    if sum(map(text.count, DELIMITERS)) > MAX_DELIMITERS:
        raise TooCostlyError
    urls = [word.count("://") for word in text.split()]
    if sum(urls) > MAX_URLS or max(urls, default=0) > MAX_URLS_PER_WORD:
        raise TooCostlyError


def limit_work(markdown: MarkdownIt) -> None:
    """Let the parser raise `TooCostlyError` for a text that needs more than `MAX_STEPS`."""
    every_block = ["paragraph", "reference", "blockquote", "list"]
    markdown.block.ruler.before("table", "count_block", count_block, {"alt": every_block})
    markdown.block.ruler.at("table", bounded_table, {"alt": ["paragraph", "reference"]})
    markdown.inline.ruler.before("text", "count_inline", count_inline)


def count_steps(env: Any, steps: int) -> None:
    """Add to the steps of the current text. Raises `TooCostlyError` above `MAX_STEPS`."""
    env["steps"] = env.get("steps", 0) + steps
    if env["steps"] > MAX_STEPS:
        raise TooCostlyError


def count_block(state: StateBlock, _start: int, _end: int, silent: bool) -> bool:
    """Count a new block, or, if `silent`, a line that could end the current one; never matches."""
    count_steps(state.env, 1 if silent else STEPS_PER_BLOCK)
    return False


def count_inline(state: StateInline, _silent: bool) -> bool:
    """Count one position at which the inline rules are tried; never matches."""
    count_steps(state.env, 1)
    return False


def bounded_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Match a table like markdown-it's rule, and count its cells.

    The rule fills up short rows: a few thousand characters could make 60,000 cells.
    """
    if not table(state, start, end, True):
        return False
    if not silent:
        columns = state.src.count("|", state.bMarks[start], state.eMarks[start]) + 1
        rows = next((row for row in range(start, end) if state.isEmpty(row)), end) - start
        count_steps(state.env, columns * rows)
        table(state, start, end, False)
    return True
