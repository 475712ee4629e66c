"""How an answer is written into each kind of file, so that it stays data there.

A free text stands only where its file can quote it. What is safe by its own pattern (the slug, the
answer to a choice) stands anywhere but in HTML, which knows no names.
"""

import json
import re
from pathlib import PurePosixPath

INTERPOLATION = re.compile(r"{{-? *cookiecutter\b")
BARE = re.compile(r"{{ (?P<body>cookiecutter\.[^{}\n]+?) }}")
BARE_OR_QUOTED = re.compile(rf'"{{{{ (?P<quoted>cookiecutter\.\w+) }}}}"|{BARE.pattern}')
IDENTIFIER = re.compile(
    r"cookiecutter\.(project_slug|license|language|database|auth|deploy|ci)"
    r"""( \| replace\((["'])[-_]\3, (["'])[-_]?\4\))?"""
)
LIKE_JSON = {".json", ".py", ".toml", ".yaml", ".yml"}
PLAIN_TEXT = {"LICENSE", "NOTICE"}
INVISIBLE = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
MARKDOWN = re.compile(r"[\\`*\[\]~|]|(?<![^\W_])_|_(?![^\W_])|(?<!\S)#|&(?=#?\w+;)")
MARKDOWN_START = re.compile(r"^(?:(?=[-+>=])|(\d+)(?=[.)]))")


def json_string(text: str) -> str:
    """Return the text in double quotes, as JSON, TOML, YAML and Python all read it."""
    escaped = json.dumps(text, ensure_ascii=False)
    return INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)


def markdown(text: str) -> str:
    """Return Markdown that shows exactly this text, wherever in a line it stands."""
    escaped = MARKDOWN.sub(r"\\\g<0>", text).replace("<", "&lt;")
    return MARKDOWN_START.sub(r"\1\\", escaped)


def interpolated(line: str, name: str) -> str:
    """Return the Jinja text of a line, with each answer quoted as the file of this name needs it.

    All else in the line passes through raw. Raises ValueError where an answer cannot stand.
    """
    pattern = BARE_OR_QUOTED if PurePosixPath(name).suffix in LIKE_JSON else BARE
    pieces, end = [], 0
    for found in pattern.finditer(line):
        pieces += [_raw(line[end : found.start()]), _expression(found.groupdict(), name)]
        end = found.end()
    return "".join([*pieces, _raw(line[end:])])


def _expression(found: dict[str, str | None], name: str) -> str:
    suffix, body = PurePosixPath(name).suffix, found["body"]
    if suffix == ".html":
        message = "a page knows no answers; let it read the configuration"
        raise ValueError(message)
    if body is None:
        return f"{{{{ {found['quoted']} | json_string }}}}"
    if IDENTIFIER.fullmatch(body):
        return f"{{{{ {body} }}}}"
    if suffix == ".md" and "|" not in body:
        return f"{{{{ {body} | markdown }}}}"
    if suffix == ".txt" or PurePosixPath(name).name in PLAIN_TEXT:
        return f"{{{{ {body} }}}}"
    place = (
        "alone between double quotes" if suffix in LIKE_JSON else "into a file that can quote it"
    )
    message = f"{body} may hold anything and cannot be quoted here; put it {place}"
    raise ValueError(message)


def _raw(text: str) -> str:
    if INTERPOLATION.search(text):
        message = "an interpolation is written {{ cookiecutter.name }}, on one line"
        raise ValueError(message)
    if "{" not in text:
        return text
    inner = re.sub(r"{%(?=[-+]?\s*endraw\b)", "{% endraw %}{{ '{%' }}{% raw %}", text)
    return f"{{% raw %}}{inner}{{% endraw %}}"
