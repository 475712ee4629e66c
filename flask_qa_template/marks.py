"""Marks: comments that keep or remove lines of a source file, depending on the answers.

A mark is a comment `[template] if EXPRESSION`. It applies to the line that it ends; on a separate
line, it begins a block that ends with `[template] endif`. The blank lines above a block belong to
the block.
"""

import io
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from . import options
from .quoting import interpolate

TAG = "[template]"
COMMENT_DELIMITERS = {
    ".css": ("/*", "*/"),
    ".html": ("{#", "#}"),
    ".js": ("//", ""),
    ".md": ("<!--", "-->"),
}
BRACKETS = {"(": ")", "[": "]", "{": "}"}
PROSE_SUFFIXES = {".md", ".txt", ""}
STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
OPENING_TAG = re.compile(r"<([a-z][a-z0-9-]*)\b[^>]*(?<!/)>|{%-? *(if|for|block|call|macro|with)\b")
CLOSING_TAG = re.compile(r"</([a-z][a-z0-9-]*)>|{%-? *end(if|for|block|call|macro|with)\b")
VOID_ELEMENTS = {"br", "hr", "img", "input", "link", "meta"}


class Mark(NamedTuple):
    """A mark: the code before it on its line, which may be empty, and its directive."""

    code: str
    directive: str


def parse_mark(line: str, name: str) -> Mark | None:
    """Return the mark of a line in the file `name`, or None if the line has none.

    Raises ValueError if the tag is not in a comment of the file's language.
    """
    if TAG not in line:
        return None
    begin, end = COMMENT_DELIMITERS.get(PurePosixPath(name).suffix, ("#", ""))
    pattern = rf"(|.*\S\s+|\s+){re.escape(begin)} \[template\] (.+?) *{re.escape(end)}\n?"
    found = re.fullmatch(pattern, line)
    if not found:
        comment = f"{begin} {TAG} if … {end}".strip()
        message = f"invalid mark; write {comment} at the end of the line or on a line of its own"
        raise ValueError(message)
    return Mark(found[1].rstrip(), found[2])


def is_complete(code: str, name: str) -> bool:
    """Return whether a line is a whole statement or element, so that it can be removed alone."""
    suffix = PurePosixPath(name).suffix
    if suffix in PROSE_SUFFIXES:
        return True
    if suffix == ".html":
        return _tags(OPENING_TAG, code) == _tags(CLOSING_TAG, code)
    bare = STRING.sub("", code)
    if bare.endswith((":", "\\")) or bare.count('"') or bare.count("'"):
        return False
    return all(bare.count(opener) == bare.count(closer) for opener, closer in BRACKETS.items())


class MarkProcessor:
    """Applies the marks and interpolations of one file, line by line."""

    def __init__(self, name: str, answers: Mapping[str, Any]) -> None:
        """Store the answers and the name of the file, which determines the comment syntax."""
        self.name, self.answers, self.line_number = name, answers, 0
        self._output: list[str] = []
        self._blank_lines = ""
        self._blocks: list[tuple[int, bool]] = []
        self._is_at_top, self._is_block_empty = True, False

    def process(self, source: str) -> str:
        """Return the text of the project's file.

        Raises ValueError for an invalid mark or interpolation, whatever the answers are;
        `line_number` is then the line that contains it.
        """
        for line in io.StringIO(source):
            self.line_number += 1
            mark = parse_mark(line, self.name)
            if not line.strip():
                self._process_blank(line)
            elif mark and not mark.code:
                self._process_block_mark(mark.directive)
            else:
                self._process_line(line, mark)
        if self._blocks:
            message = f"the block of line {self._blocks[-1][0]} does not end; write {TAG} endif"
            raise ValueError(message)
        return "".join([*self._output, self._blank_lines])

    def _process_blank(self, line: str) -> None:
        if self._is_block_empty:
            raise ValueError("a block starts with a blank line; put it above the mark")
        if self.line_number > 1 and self._is_at_top and not self._blocks:
            raise ValueError("this blank line may become the first line of the file; remove it")
        self._blank_lines += line

    def _process_line(self, line: str, mark: Mark | None) -> None:
        text = interpolate(mark.code + "\n" if mark else line, self.name, self.answers)
        is_kept = mark is None or self._evaluate(mark.directive)
        if mark and not is_complete(mark.code, self.name):
            raise ValueError("a marked line must be a whole statement or element; use a block")
        if self._is_block_kept():
            self._output += [self._blank_lines, text if is_kept else ""]
        self._blank_lines, self._is_block_empty = "", False
        self._is_at_top = self._is_at_top and bool(mark or self._blocks)

    def _process_block_mark(self, directive: str) -> None:
        if directive != "endif":
            self._blocks.append((self.line_number, self._evaluate(directive)))
            self._output.append(self._blank_lines if self._is_block_kept() else "")
            self._blank_lines, self._is_block_empty = "", True
        elif not self._blocks:
            raise ValueError("endif without a block; remove it")
        elif self._blank_lines or self._is_block_empty:
            raise ValueError("a block ends directly below its last line; remove the blank lines")
        else:
            self._blocks.pop()

    def _is_block_kept(self) -> bool:
        return all(is_kept for _line, is_kept in self._blocks)

    def _evaluate(self, directive: str) -> bool:
        if not directive.startswith("if "):
            message = f"the directive of a mark must be if or endif, not {directive!r}"
            raise ValueError(message)
        return options.matches(directive.removeprefix("if "), self.answers)


def _tags(pattern: re.Pattern[str], code: str) -> list[str]:
    names = sorted(first or second for first, second in pattern.findall(code))
    return [tag for tag in names if tag not in VOID_ELEMENTS]
