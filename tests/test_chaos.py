"""What a project withstands: its `make chaos`, with a real server of each database."""

from collections.abc import Callable

import pytest

from flask_qa_template.options import questions
from tests.conftest import Project


@pytest.mark.parametrize("database", questions()["database"])
def test_whatever_goes_wrong_nobody_loses_a_post_or_gets_an_error(
    database: str, bake_once: Callable[..., Project]
) -> None:
    chaos = bake_once(database=database).run("make", "chaos")

    assert chaos.status == 0, chaos.out
