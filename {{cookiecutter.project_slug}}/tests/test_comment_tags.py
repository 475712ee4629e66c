"""The comment tags that CONTRIBUTING.md defines.

The tests check the form, the issue, the link and the `xfail`. They cannot check whether a HACK
states the condition for its removal.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from service.config.settings import ROOT

TAG_WORD_PATTERN = re.compile(r"\b(todo|fixme|hack|xxx)\b", re.IGNORECASE)
TAG_PATTERN = re.compile(
    r"(?P<tag>TODO|FIXME|HACK|XXX)(\((?P<issue>#[1-9]\d*)\))?: (?P<sentence>\S.*)"
)
OTHER_TAG_PATTERN = re.compile(r"(BUG|KLUDGE|NOTE|OPTIMIZE|REVIEW|TBD|WIP)\b *(\(.*?\))?:")
ISSUE_PATTERN = re.compile(r"#[1-9]\d*")


class Comment(NamedTuple):
    """A comment, joined into one line without `#`, and the line number where it begins."""

    line: int
    text: str


def comments(source: str) -> list[Comment]:
    """Return the comments in Python source. Consecutive lines are one; a tag begins a new one."""
    result: list[Comment] = []
    next_line = (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, column = token.start
        text = token.string.lstrip("#").strip()
        if (line, column) == next_line and not TAG_WORD_PATTERN.match(text):
            result[-1] = Comment(result[-1].line, f"{result[-1].text} {text}")
        else:
            result.append(Comment(line, text))
        is_own_line = token.line.lstrip().startswith("#")
        next_line = (line + 1, column) if is_own_line else (0, 0)
    return result


def problems(comment: str) -> Iterator[str]:
    """Yield a message for each problem of the tag in a comment. It says how to fix the problem."""
    if other := OTHER_TAG_PATTERN.match(comment):
        yield f"{other[1]} is not one of the tags: use TODO, FIXME, HACK or XXX, or no tag."
    if not TAG_WORD_PATTERN.search(comment):
        return
    match = TAG_PATTERN.fullmatch(comment)
    if not match:
        yield "Write `# TAG(#12): A full sentence.`, with the tag in capitals."
        return
    tag, issue, sentence = match["tag"], match["issue"], match["sentence"]
    if sentence[0].islower() or not sentence.endswith((".", "!", "?")):
        yield f"{tag}: write a full sentence, with a capital letter and a full stop."
    if tag in {"TODO", "FIXME"} and not issue:
        yield f"{tag}: add the issue, `# {tag}(#12): A full sentence.`"
    if tag == "HACK" and "https://" not in sentence:
        yield "HACK: add a link (https://) to its cause."


def strict_xfail_issues(source: str) -> set[str]:
    """Return the issues, for example `#12`, that the strict `xfail` marks of a module name."""
    nodes = ast.walk(ast.parse(source))
    calls = [ast.unparse(node) for node in nodes if isinstance(node, ast.Call)]
    marks = [call for call in calls if re.match(r"pytest\.mark\.xfail\(.*strict=True", call)]
    return {issue for mark in marks for issue in ISSUE_PATTERN.findall(mark)}


def python_files() -> Iterator[Path]:
    """Yield every Python file of this project, except in virtual environments."""
    yield from ROOT.glob("*.py")
    for folder in ROOT.iterdir():
        is_ours = not folder.name.startswith(".") and not (folder / "pyvenv.cfg").exists()
        if folder.is_dir() and is_ours:
            yield from folder.rglob("*.py")


@pytest.mark.slow
def test_every_comment_tag_is_valid() -> None:
    messages = [
        f"{path.relative_to(ROOT)}:{comment.line}: {message}"
        for path in python_files()
        for comment in comments(path.read_text(encoding="utf-8"))
        for message in problems(comment.text)
    ]

    assert not messages, "\n".join(
        ["CONTRIBUTING.md explains the comment tags.", *sorted(messages)]
    )


@pytest.mark.slow
def test_every_fixme_has_a_strict_xfail_test() -> None:
    sources = [path.read_text(encoding="utf-8") for path in python_files()]

    fixme_issues = {
        match["issue"]
        for source in sources
        for comment in comments(source)
        if (match := TAG_PATTERN.fullmatch(comment.text)) and match["tag"] == "FIXME"
    }
    xfail_issues = {issue for source in sources for issue in strict_xfail_issues(source)}

    assert fixme_issues <= xfail_issues, (
        "Each FIXME has a test marked xfail(strict=True, reason='#12: …')."
    )


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("A todolist is a list, and hacking is a word.", id="no tag"),
        pytest.param("TODO(#12): Names are not sorted yet.", id="todo"),
        pytest.param("FIXME(#12): The last page is shown twice.", id="fixme"),
        pytest.param("HACK: Stays until https://example.com/7 is fixed.", id="hack with a link"),
        pytest.param("HACK(#12): Goes with https://example.com/7.", id="hack with an issue too"),
        pytest.param("XXX: The order matters, because the second call waits.", id="xxx"),
        pytest.param("TODO(#12): 아직 이름순으로 정렬하지 않는다.", id="in Korean"),
    ],
)
def test_valid_comment_has_no_problem(comment: str) -> None:
    assert list(problems(comment)) == []


@pytest.mark.parametrize(
    ("comment", "part"),
    [
        pytest.param("todo(#12): Sort the names.", "capitals", id="lower case"),
        pytest.param("Fixme(#12): Sort the names.", "capitals", id="mixed case"),
        pytest.param("TODO (#12): Sort the names.", "A full sentence", id="space before the issue"),
        pytest.param("TODO(12): Sort the names.", "(#12)", id="issue without its sign"),
        pytest.param("TODO(#12) Sort the names.", "(#12):", id="no colon"),
        pytest.param("TODO(#12):Sort the names.", "A full sentence", id="no space"),
        pytest.param("TODO(#12):", "A full sentence", id="no sentence"),
        pytest.param("This is a hack.", "capitals", id="in the middle"),
        pytest.param("TODO(#12): sort the names.", "capital letter", id="no capital letter"),
        pytest.param("TODO(#12): Sort the names", "full stop", id="no full stop"),
        pytest.param("TODO: Sort the names.", "add the issue", id="todo without an issue"),
        pytest.param("FIXME: The names are wrong.", "add the issue", id="fixme without an issue"),
        pytest.param("HACK(#12): Sorts twice.", "link", id="hack without a link"),
        pytest.param("NOTE: Sorted by name.", "not one of the tags", id="another tag"),
        pytest.param(
            "BUG(#12): Not sorted.", "not one of the tags", id="another tag with an issue"
        ),
    ],
)
def test_invalid_tag_has_one_problem(comment: str, part: str) -> None:
    messages = list(problems(comment))

    assert len(messages) == 1
    assert part in messages[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("x = '# TODO'", [], id="in a string"),
        pytest.param("x = 1  # one\ny = 2  # two", ["one", "two"], id="after code"),
        pytest.param("# One\n# comment.", ["One comment."], id="two lines"),
        pytest.param("# One.\n\n# Two.", ["One.", "Two."], id="a blank line between"),
        pytest.param("# One.\n# XXX: Two\n# it is.", ["One.", "XXX: Two it is."], id="a tag below"),
    ],
)
def test_consecutive_lines_are_one_comment(source: str, expected: list[str]) -> None:
    assert [comment.text for comment in comments(source)] == expected


@pytest.mark.parametrize(
    ("mark", "issues"),
    [
        pytest.param("@pytest.mark.xfail(strict=True, reason='#12: Twice.')", {"#12"}, id="strict"),
        pytest.param("@pytest.mark.xfail(reason='#12: Twice.')", set(), id="not strict"),
        pytest.param("# @pytest.mark.xfail(strict=True, reason='#12')", set(), id="in a comment"),
    ],
)
def test_only_strict_xfail_marks_count(mark: str, issues: set[str]) -> None:
    source = f"{mark}\ndef test_something(): ..."

    assert strict_xfail_issues(source) == issues
