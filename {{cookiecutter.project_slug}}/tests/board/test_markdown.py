"""Markdown: what becomes of a text, and that no text can do harm."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.token import STANDARD_TYPES

from service.board.markdown import ALLOWED_TAGS, FIRST_HEADING_LEVEL, render_markdown
from tests.page import Page

REL = "nofollow ugc noopener"
# The values of attributes, as regular expressions, by tag and name. URLs may be relative.
ATTRIBUTES = {
    ("a", "href"): r"(?s)(https?:|mailto:|(?![a-zA-Z][\w+.-]*:)).*",
    ("a", "rel"): REL,
    ("a", "title"): r"(?s).*",
    ("div", "class"): "table-scroll",
    ("div", "tabindex"): "0",
    ("ol", "start"): r"\d+",
    ("pre", "tabindex"): "0",
    ("span", "class"): "|".join(filter(None, STANDARD_TYPES.values())),
}


@pytest.fixture(autouse=True)
def _empty_tables() -> None:
    """Skip the clean-up of the database, which these tests do not use."""


def assert_harmless(html: str) -> None:
    """Fail unless the HTML has only the allowed tags, attributes and values."""
    for tag, attributes in Page(html).elements:
        assert tag in ALLOWED_TAGS, html
        for name, value in attributes.items():
            assert (tag, name) in ATTRIBUTES, html
            assert re.fullmatch(ATTRIBUTES[tag, name], value or ""), html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param("one\ntwo", "<p>one<br>\ntwo</p>\n", id="line break"),
        pytest.param("**a** *b* ~~c~~", "<p><strong>a</strong> <em>b</em> <s>c</s></p>\n", id="a"),
        pytest.param("3. a", '<ol start="3">\n<li>a</li>\n</ol>\n', id="numbered list"),
        pytest.param("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n", id="quotation"),
        pytest.param("1 < 2 & <b>", "<p>1 &lt; 2 &amp; &lt;b&gt;</p>\n", id="HTML is text"),
        pytest.param("app.py a@b.org", "<p>app.py a@b.org</p>\n", id="no URL"),
        pytest.param(
            "    <x>\n", '<pre tabindex="0"><code>&lt;x&gt;\n</code></pre>\n', id="indented code"
        ),
        pytest.param(
            "http://a.org/?b=1&c",
            f'<p><a href="http://a.org/?b=1&amp;c" rel="{REL}">http://a.org/?b=1&amp;c</a></p>\n',
            id="bare URL",
        ),
        pytest.param(
            "[a](/main/question/1 'b')",
            f'<p><a href="/main/question/1" title="b" rel="{REL}">a</a></p>\n',
            id="link",
        ),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert render_markdown(text) == html


def test_table_scrolls_in_a_box_that_the_keyboard_reaches() -> None:
    page = Page(render_markdown("|a|b|\n|-|:-:|\n|1|2|"))

    assert page.all("div") == [{"tabindex": "0", "class": "table-scroll"}]
    assert [len(page.all(tag)) for tag in ("table", "th", "td")] == [1, 2, 2]
    assert page.all("th") == [{}, {}]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        pytest.param("![a *b*](http://c.org/d.png)", ("http://c.org/d.png", "a *b*"), id="image"),
        pytest.param("![](//c.org/d)", ("//c.org/d", "//c.org/d"), id="image without a text"),
        pytest.param("[![a](http://c.org/d)](http://e.org)", ("http://e.org", "a"), id="in a link"),
    ],
)
def test_image_becomes_a_link(text: str, link: tuple[str, str]) -> None:
    page = Page(render_markdown(text))

    assert ([a["href"] for a in page.all("a")], page.text.strip()) == ([link[0]], link[1])
    assert page.all("img") == []


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", ["h3", "h4", "h5", "h6", "h6", "h6"]),
        ("### a\n# b\n#### c", ["h3", "h3", "h4"]),
        ("a\n=\nb\n-", ["h3", "h4"]),
    ],
)
def test_headings_continue_those_of_the_page(text: str, tags: list[str]) -> None:
    html = render_markdown(text)

    assert [tag for tag, _ in Page(html).elements] == tags
    assert html.count(f"</h{FIRST_HEADING_LEVEL}>") == tags.count(f"h{FIRST_HEADING_LEVEL}")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>a</a>",
        "<!-- --><iframe srcdoc='<script>alert(1)</script>'>",
        "<p style='background:url(//a.org)'>",
        "<div class=\"table-scroll\" id='content' name='body'>",
        "<form action='/main/question'><button>a",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&Tab;script:alert(1))",
        "[a](java&#10;script:alert(1))",
        "[a](&#106;avascript:alert(1))",
        "[a](&#x6A&#x61;vascript&colon;alert(1))",
        "[a](\x01javascript:alert(1))",
        "[a](<javascript:alert(1)>)",
        "[a](vbscript:msgbox(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](data:image/svg+xml;base64,PHN2Zz4=)",
        "[a](file:///etc/passwd)",
        "[a](http://b.org/'onmouseover='alert(1))",
        '[a](http://b.org/"onmouseover="alert(1))',
        '[a](b "c\\" onmouseover=alert(1) \\"")',
        "[a](b 'c\" onmouseover=alert(1) \"')",
        "[a]: javascript:alert(1)\n\n[a]",
        "![a](javascript:alert(1))",
        "![a](data:image/png;base64,AAAA)",
        '![" onerror="alert(1)](http://b.org/c.png)',
        "![a](http://b.org/c.png \"' onerror='alert(1)\")",
        "<javascript:alert(1)>",
        "<data:text/html,<script>alert(1)</script>>",
        "<http://a.org/\"onclick='alert(1)'>",
        "http://a.org/\"onclick='alert(1)'",
        "http://a.org/<script>alert(1)</script>",
        "javascript://a.org/%0aalert(1)",
        '```"><script>alert(1)</script>\na\n```',
        "```python onclick=alert(1)\n</code></pre><script>alert(1)</script>\n```",
        "```html\n<script>alert(1)</script>\n```",
        "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
        "|a|\n|-:style=x|\n|b|",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "# <script>",
        "1000000000. a",
        "{{ 7 * 7 }} {% raw %}",
    ],
)
def test_attack_leaves_only_harmless_html(text: str) -> None:
    assert_harmless(render_markdown(text))


# fmt: off
MARKUP = st.sampled_from([
    *"*_~`[]()<>!#|:-=+.\\&;\"'\n \t", "    ", "> ", "- ", "1. ", "```", "```python\n", "[a]: ",
    "](", "![", "http://a.b/", "javascript:", "<script>", "onclick=", "&#x6a;", "&quot;", "|-|-|\n",
])
# fmt: on


@settings(deadline=None)
@given(st.lists(MARKUP | st.text(max_size=4), max_size=60).map("".join))
def test_no_text_fails_or_becomes_anything_else(text: str) -> None:
    assert_harmless(render_markdown(text))
