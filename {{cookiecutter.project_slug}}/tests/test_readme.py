"""The table in README.md that maps terms to files is correct."""

import re

import pytest

from service.config.settings import ROOT

ROW_PATTERN = re.compile(r"^\| [^|]+ \| (?P<words>`[^|]+`) \| (?P<files>`[^|]+`) \|$", re.MULTILINE)
README = (ROOT / "README.md").read_text("utf-8")
TABLE_ROWS = [
    pytest.param(words, files, id=words[0])
    for row in ROW_PATTERN.finditer(README)
    for words, files in [
        (re.findall("`([^`]+)`", row["words"]), re.findall("`([^`]+)`", row["files"]))
    ]
]


@pytest.mark.parametrize(("words", "files"), TABLE_ROWS)
def test_files_contain_the_terms_in_the_table(words: list[str], files: list[str]) -> None:
    for file in files:
        text = (ROOT / file).read_text("utf-8")

        assert all(word in text for word in words), file


def test_readme_has_the_table() -> None:
    assert len(TABLE_ROWS) > 10
