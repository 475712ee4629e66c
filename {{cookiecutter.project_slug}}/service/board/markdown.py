"""Markdown: the HTML of a question or an answer.

CommonMark with tables, strikethrough and links for bare URLs. The stored text stays as typed.
"""

from collections.abc import Iterator
from functools import lru_cache

import nh3
from flask import Flask
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup
from pygments.token import STANDARD_TYPES

from service.board.code_blocks import render_code_block
from service.board.markdown_limits import MAX_HTML_LENGTH, TooCostlyError, check_text, limit_work

# A page has the levels 1 and 2 for its own headings.
FIRST_HEADING_LEVEL = 3
LAST_HEADING_LEVEL = 6
CACHED_TEXTS = 256
# fmt: off
ALLOWED_TAGS = {
    "a", "blockquote", "br", "code", "div", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p",
    "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}
# fmt: on

# `nh3` removes everything else, should the parser ever let it through.
sanitizer = nh3.Cleaner(
    tags=ALLOWED_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    allowed_classes={"span": set(STANDARD_TYPES.values())},
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow ugc noopener",
    # Boxes that scroll sideways must be reachable with the keyboard (WCAG 2.1.1).
    set_tag_attribute_values={
        "pre": {"tabindex": "0"},
        "div": {"tabindex": "0", "class": "table-scroll"},
    },
)


def init_app(app: Flask) -> None:
    """Add the template filter `markdown`."""
    app.jinja_env.filters["markdown"] = render_cached


def render_markdown(text: str) -> Markup:
    """Return the HTML of a text, with only the elements and attributes of `sanitizer`.

    A text that takes too long to parse is returned as plain text.
    """
    try:
        check_text(text)
        html = parser.render(text)
    except TooCostlyError:
        return plain_text(text)
    if len(html) > MAX_HTML_LENGTH:
        return plain_text(text)
    return Markup(sanitizer.clean(html))  # noqa: S704  # The HTML is sanitized.


# Without the cache, a page of 20 costly answers would take as long for each reader. Previews are
# not cached, because only their author reads them.
render_cached = lru_cache(CACHED_TEXTS)(render_markdown)


def plain_text(text: str) -> Markup:
    """Return the text with its line breaks, without any other markup."""
    return Markup("<p>{}</p>").format(Markup("<br>\n").join(text.split("\n")))


def shift_headings(state: StateCore) -> None:
    """Let the headings start at `FIRST_HEADING_LEVEL`, and skip no level on the way down."""
    level = FIRST_HEADING_LEVEL - 1
    for token in state.tokens:
        if token.type == "heading_open":
            shifted = int(token.tag[1:]) + FIRST_HEADING_LEVEL - 1
            level = min(shifted, level + 1, LAST_HEADING_LEVEL)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"


def replace_images(state: StateCore) -> None:
    """Replace images by links: the Content-Security-Policy allows no images of other hosts."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = list(link_images(token.children or []))


def link_images(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens of a paragraph, with a link in place of each image.

    In a link, only the text of the image remains, because links cannot be nested.
    """
    inside_link = False
    for token in tokens:
        inside_link = token.type == "link_open" or (inside_link and token.type != "link_close")
        if token.type != "image":
            yield token
            continue
        url = token.attrs["src"]
        text = Token("text", "", 0, content=token.content or str(url))
        if inside_link:
            yield text
        else:
            yield Token("link_open", "a", 1, attrs={"href": url})
            yield text
            yield Token("link_close", "a", -1)


def table_open(*_arguments: object) -> str:
    """Return the start of a table in a box that scrolls sideways."""
    return "<div><table>\n"


def table_close(*_arguments: object) -> str:
    """Return the end of a table in its box."""
    return "</table></div>\n"


def make_parser() -> MarkdownIt:
    """Return the parser. It escapes HTML, and keeps line breaks as most people expect."""
    options = {"html": False, "linkify": True, "breaks": True, "xhtmlOut": False}
    markdown = MarkdownIt("commonmark", options).enable(["linkify", "strikethrough", "table"])
    # Only URLs with a scheme become links: "app.py" looks like a host name in Paraguay.
    markdown.linkify = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    markdown.core.ruler.push("shift_headings", shift_headings)
    markdown.core.ruler.push("replace_images", replace_images)
    markdown.add_render_rule("table_open", table_open)
    markdown.add_render_rule("table_close", table_close)
    markdown.add_render_rule("fence", render_code_block)
    limit_work(markdown)
    # The first use compiles the rules, which two threads must not do at once.
    markdown.render("a")
    return markdown


parser = make_parser()
