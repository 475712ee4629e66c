"""The list of releases, which takes the place of git tags."""

import json
import re
import subprocess

import pytest

from flask_qa_template.options import REPOSITORY

RELEASES = json.loads((REPOSITORY / "releases.json").read_text("utf-8"))
VERSION_HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a git command in this repository and return its result."""
    return subprocess.run(
        ["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


def test_changelog_and_list_have_the_same_releases() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")

    listed = [(release["version"], release["date"]) for release in RELEASES]
    assert listed == VERSION_HEADING.findall(changelog)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release["version"])
def test_commit_of_a_release_is_in_the_history_and_describes_it(release: dict[str, str]) -> None:
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("The history of this clone is incomplete.")

    is_ancestor = git("merge-base", "--is-ancestor", release["commit"], "HEAD")
    changelog = git("show", f"{release['commit']}:CHANGELOG.md").stdout

    assert is_ancestor.returncode == 0, is_ancestor.stderr
    assert VERSION_HEADING.findall(changelog)[0] == (release["version"], release["date"])
