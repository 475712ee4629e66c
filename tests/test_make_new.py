"""`make new`: its answers and the end of its output."""

import json
import subprocess
from pathlib import Path

import pytest

from flask_qa_template.options import REPOSITORY


def make_new(output: Path, answers: str) -> subprocess.CompletedProcess[str]:
    """Run `make new` with these answers and without questions."""
    # -o: make does not create a virtual environment.
    command = [
        "make",
        "-o",
        "environment",
        "new",
        "NO_INPUT=1",
        f"OUT={output}",
        f"ANSWERS={answers}",
    ]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (
            "databse=mysql",
            "ERROR: 'databse=mysql' must be question=answer; questions: project_name",
        ),
        ("database=oracle", "ERROR: database: 'oracle' must be one of sqlite, mysql, postgresql."),
    ],
)
def test_invalid_answer_is_rejected(tmp_path: Path, answers: str, error: str) -> None:
    done = make_new(tmp_path / "out", answers)

    assert done.returncode == 2
    assert error in done.stderr
    assert not (tmp_path / "out").exists()


def test_answers_are_used_and_seeding_is_suggested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing listens on this port: the hook must not create databases on a server.
    monkeypatch.setenv("DB_PORT", "1")

    done = make_new(tmp_path, "language=ko database=mysql setup=no project_name='My Board'")

    assert done.returncode == 0, done.stderr
    site = json.loads((tmp_path / "my-board/service/site.json").read_text(encoding="utf-8"))
    assert (site["SITE_NAME"], site["SITE_LANGUAGE"]) == ("My Board", "ko")
    assert (tmp_path / "my-board/service/database/mysql.py").exists()
    assert "sample questions:\n  flask --app service seed\n" in done.stdout
