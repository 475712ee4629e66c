"""Excerpts: the beginning of a question, on one line and without Markdown, for lists."""

import re
from functools import lru_cache

from flask import Flask

from service.search.highlight import EXCERPT_LENGTH

# More than the excerpt needs, so that something remains after a block of code.
READ_LENGTH = 1_000
CACHED_EXCERPTS = 1_000
FENCED_CODE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.DOTALL | re.MULTILINE)
LINK_TARGET = re.compile(r"(?<=\])\([^()\s]*\)")
MARKERS = re.compile(r"^[ \t]*(?:#{1,6}|>|[-+*]|\d+[.)])[ \t]+|[*`\[\]]+|~~", re.MULTILINE)


def init_app(app: Flask) -> None:
    """Add the template filter `excerpt`."""
    app.jinja_env.filters["excerpt"] = excerpt


def excerpt(body: str) -> str:
    """Return the excerpt of a question's body."""
    return make_excerpt(body[:READ_LENGTH])


# A list has twenty excerpts, which would take a millisecond.
@lru_cache(CACHED_EXCERPTS)
def make_excerpt(text: str) -> str:
    """Return at most `EXCERPT_LENGTH` characters of a text. Blocks of code are left out."""
    text = " ".join(strip_markdown(FENCED_CODE.sub("", text)).split())
    return text if len(text) <= EXCERPT_LENGTH else f"{text[:EXCERPT_LENGTH]}…"


def strip_markdown(text: str) -> str:
    """Return the text without the targets of links and without most of the syntax of Markdown."""
    return MARKERS.sub("", LINK_TARGET.sub("", text))
