"""The comment tags of CONTRIBUTING.md: what a program can see of their table.

It sees form, issue, link and `xfail`. Whether a HACK tells when it goes, a reader sees.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from service.config import ROOT

TAG_WORD = re.compile(r"\b(todo|fixme|hack|xxx)\b", re.IGNORECASE)
FORM = re.compile(r"(?P<tag>TODO|FIXME|HACK|XXX)(\((?P<issue>#[1-9]\d*)\))?: (?P<sentence>\S.*)")
OTHER_TAG = re.compile(r"(BUG|KLUDGE|NOTE|OPTIMIZE|REVIEW|TBD|WIP)\b *(\(.*?\))?:")
ISSUE = re.compile(r"#[1-9]\d*")


class Comment(NamedTuple):
    """A comment, without its number signs and on one line, and the line on which it begins."""

    line: int
    text: str


def comments(source: str) -> list[Comment]:
    """Return the comments; lines of comment below each other are one, until a tag begins."""
    found: list[Comment] = []
    below = (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line, column = token.start
        text = token.string.lstrip("#").strip()
        if (line, column) == below and not TAG_WORD.match(text):
            found[-1] = Comment(found[-1].line, f"{found[-1].text} {text}")
        else:
            found.append(Comment(line, text))
        is_alone = token.line.lstrip().startswith("#")
        below = (line + 1, column) if is_alone else (0, 0)
    return found


def problems(comment: str) -> Iterator[str]:
    """Yield what is wrong with the tag of a comment, each as a sentence with the cure."""
    if other := OTHER_TAG.match(comment):
        yield f"{other[1]} is none of the tags; use TODO, FIXME, HACK or XXX, or a plain sentence."
    if not TAG_WORD.search(comment):
        return
    match = FORM.fullmatch(comment)
    if not match:
        yield "A comment tag is written `# TAG(#12): A full sentence.`, with TAG in capitals."
        return
    tag, issue, sentence = match["tag"], match["issue"], match["sentence"]
    if sentence[0].islower() or not sentence.endswith((".", "!", "?")):
        yield f"{tag} is followed by a full sentence, from its capital letter to its full stop."
    if tag in {"TODO", "FIXME"} and not issue:
        yield f"{tag} names its issue: `# {tag}(#12): A full sentence.`"
    if tag == "HACK" and "https://" not in sentence:
        yield "HACK gives a link (https://) to what forces it."


def strict_failures(source: str) -> set[str]:
    """Return the issues, like `#12`, that the strict `xfail` marks of a test module name."""
    nodes = ast.walk(ast.parse(source))
    calls = [ast.unparse(node) for node in nodes if isinstance(node, ast.Call)]
    marks = [call for call in calls if re.match(r"pytest\.mark\.xfail\(.*strict=True", call)]
    return {issue for mark in marks for issue in ISSUE.findall(mark)}


def python_files() -> Iterator[Path]:
    """Yield every Python file of this project, but none of a virtual environment."""
    yield from ROOT.glob("*.py")
    for folder in ROOT.iterdir():
        is_ours = not folder.name.startswith(".") and not (folder / "pyvenv.cfg").exists()
        if folder.is_dir() and is_ours:
            yield from folder.rglob("*.py")


@pytest.mark.slow
def test_every_comment_tag_is_as_the_table_says() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{comment.line}: {sentence}"
        for path in python_files()
        for comment in comments(path.read_text(encoding="utf-8"))
        for sentence in problems(comment.text)
    ]

    assert not found, "\n".join(["CONTRIBUTING.md has the table of comment tags.", *sorted(found)])


@pytest.mark.slow
def test_every_fixme_has_a_test_that_fails_strictly() -> None:
    sources = [path.read_text(encoding="utf-8") for path in python_files()]

    known = {
        match["issue"]
        for source in sources
        for comment in comments(source)
        if (match := FORM.fullmatch(comment.text)) and match["tag"] == "FIXME"
    }
    tested = {issue for source in sources for issue in strict_failures(source)}

    assert known <= tested, "Each FIXME has a test marked xfail(strict=True, reason='#12: …')."


@pytest.mark.parametrize(
    "comment",
    [
        pytest.param("A todolist is a list, and nobody hacks here.", id="no tag"),
        pytest.param("TODO(#12): Names are not sorted yet.", id="todo"),
        pytest.param("FIXME(#12): The last page is shown twice.", id="fixme"),
        pytest.param("HACK: Stays until https://example.com/7 is fixed.", id="hack with a link"),
        pytest.param("HACK(#12): Goes with https://example.com/7.", id="hack with an issue too"),
        pytest.param("XXX: The order matters, because the second call waits.", id="xxx"),
        pytest.param("TODO(#12): 아직 이름순으로 정렬하지 않는다.", id="in Korean"),
    ],
)
def test_a_good_comment_is_left_alone(comment: str) -> None:
    assert list(problems(comment)) == []


@pytest.mark.parametrize(
    ("comment", "complaint"),
    [
        pytest.param("todo(#12): Sort the names.", "capitals", id="small letters"),
        pytest.param("Fixme(#12): Sort the names.", "capitals", id="mixed letters"),
        pytest.param("TODO (#12): Sort the names.", "A full sentence", id="space before the issue"),
        pytest.param("TODO(12): Sort the names.", "(#12)", id="issue without its sign"),
        pytest.param("TODO(#12) Sort the names.", "(#12):", id="no colon"),
        pytest.param("TODO(#12):Sort the names.", "A full sentence", id="no space"),
        pytest.param("TODO(#12):", "A full sentence", id="nothing said"),
        pytest.param("This is a hack.", "capitals", id="in the middle"),
        pytest.param("TODO(#12): sort the names.", "capital letter", id="no capital letter"),
        pytest.param("TODO(#12): Sort the names", "full stop", id="no full stop"),
        pytest.param("TODO: Sort the names.", "names its issue", id="todo without an issue"),
        pytest.param("FIXME: The names are wrong.", "names its issue", id="fixme without an issue"),
        pytest.param("HACK(#12): Sorts twice.", "link", id="hack without a link"),
        pytest.param("NOTE: Sorted by name.", "none of the tags", id="another tag"),
        pytest.param("BUG(#12): Not sorted.", "none of the tags", id="another tag with an issue"),
    ],
)
def test_a_bad_tag_is_told_what_it_lacks(comment: str, complaint: str) -> None:
    sentences = list(problems(comment))

    assert len(sentences) == 1
    assert complaint in sentences[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("x = '# TODO'", [], id="in a string"),
        pytest.param("x = 1  # one\ny = 2  # two", ["one", "two"], id="behind code"),
        pytest.param("# One\n# comment.", ["One comment."], id="two lines"),
        pytest.param("# One.\n\n# Two.", ["One.", "Two."], id="a blank line between"),
        pytest.param("# One.\n# XXX: Two\n# it is.", ["One.", "XXX: Two it is."], id="a tag below"),
    ],
)
def test_comments_are_read_as_a_person_reads_them(source: str, expected: list[str]) -> None:
    assert [comment.text for comment in comments(source)] == expected


@pytest.mark.parametrize(
    ("mark", "issues"),
    [
        pytest.param("@pytest.mark.xfail(strict=True, reason='#12: Twice.')", {"#12"}, id="strict"),
        pytest.param("@pytest.mark.xfail(reason='#12: Twice.')", set(), id="not strict"),
        pytest.param("# @pytest.mark.xfail(strict=True, reason='#12')", set(), id="in a comment"),
    ],
)
def test_only_a_strict_xfail_counts(mark: str, issues: set[str]) -> None:
    source = f"{mark}\ndef test_something(): ..."

    assert strict_failures(source) == issues
