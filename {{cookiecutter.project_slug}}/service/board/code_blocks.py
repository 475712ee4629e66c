"""Code blocks of Markdown, highlighted by Pygments with CSS classes."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import escape
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

# The languages whose lexers are fast for any text within the limits below, with their other names.
# fmt: off
LANGUAGES = {
    "bash", "sh", "shell", "console", "c", "cpp", "c++", "csharp", "c#", "css", "diff", "docker",
    "dockerfile", "go", "html", "ini", "javascript", "js", "json", "kotlin", "php", "pycon",
    "python", "py", "rust", "sql", "toml", "typescript", "ts", "xml", "yaml",
}
# fmt: on
# Longer code is shown without highlighting: some lexers take quadratic time.
MAX_CODE_LENGTH = 4000
MAX_LINES = 250
MAX_LINE_LENGTH = 200
MAX_BACKSLASHES = 400

formatter = HtmlFormatter(nowrap=True)


def render_code_block(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: Any
) -> str:
    """Return the HTML of a fenced code block: a render rule of markdown-it."""
    code = tokens[index].content
    # The first word names the language (CommonMark, "Info string").
    language = (tokens[index].info.lower().split() or [""])[0]
    env["code_length"] = env.get("code_length", 0) + len(code)
    if language in LANGUAGES and env["code_length"] <= MAX_CODE_LENGTH and is_fast(code):
        html = highlight(code, language)
    else:
        html = escape(code)
    return f"<pre><code>{html}</code></pre>\n"


def is_fast(code: str) -> bool:
    """Return whether the code has none of the properties that make lexers slow."""
    lines = code.split("\n")
    return (
        len(lines) <= MAX_LINES
        and max(map(len, lines)) <= MAX_LINE_LENGTH
        and code.count("\\") <= MAX_BACKSLASHES
    )


def highlight(code: str, language: str) -> str:
    """Return the code as HTML, with a `span` for each token of the language."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    html = StringIO()
    formatter.format(lexer.get_tokens(code), html)
    return html.getvalue()
