"""What a line says to the generator: its mark, and whether it can be taken away by itself."""

import re
from pathlib import PurePosixPath
from typing import NamedTuple

TAG = "[template]"
COMMENTS = {".css": ("/*", "*/"), ".html": ("{#", "#}"), ".md": ("<!--", "-->")}
BRACKETS = {"(": ")", "[": "]", "{": "}"}
PROSE = {".md", ".txt", ""}
STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
OPENING = re.compile(r"<([a-z][a-z0-9-]*)\b[^>]*(?<!/)>|{%-? *(if|for|block|call|macro|with)\b")
CLOSING = re.compile(r"</([a-z][a-z0-9-]*)>|{%-? *end(if|for|block|call|macro|with)\b")
VOID = {"br", "hr", "img", "input", "link", "meta"}


class Marked(NamedTuple):
    """A line with a mark: the code before it (empty: it is alone), and what it says."""

    code: str
    says: str


def read_mark(line: str, name: str) -> Marked | None:
    """Return what the mark of a line says in the file of this name, or None without a mark.

    Raises ValueError for a mark that is none of the language's comments.
    """
    if TAG not in line:
        return None
    begin, end = COMMENTS.get(PurePosixPath(name).suffix, ("#", ""))
    pattern = rf"(|.*\S\s+|\s+){re.escape(begin)} \[template\] (.+?) *{re.escape(end)}\n?"
    found = re.fullmatch(pattern, line)
    if not found:
        comment = f"{begin} {TAG} if … {end}".strip()
        message = f"this is no mark here; write {comment} at the end of the line or alone on it"
        raise ValueError(message)
    return Marked(found[1].rstrip(), found[2])


def is_whole(code: str, name: str) -> bool:
    """Tell whether a line is a statement or element that can go without its neighbours."""
    suffix = PurePosixPath(name).suffix
    if suffix in PROSE:
        return True
    if suffix == ".html":
        return _tags(OPENING, code) == _tags(CLOSING, code)
    bare = STRING.sub("", code)
    if bare.endswith((":", "\\")) or bare.count('"') or bare.count("'"):
        return False
    return all(bare.count(opener) == bare.count(closer) for opener, closer in BRACKETS.items())


def _tags(pattern: re.Pattern[str], code: str) -> list[str]:
    names = sorted(first or second for first, second in pattern.findall(code))
    return [tag for tag in names if tag not in VOID]
