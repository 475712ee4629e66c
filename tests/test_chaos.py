"""`make chaos` in a project of each database, with a real database server."""

from collections.abc import Callable

import pytest

from flask_qa_template.options import questions
from tests.conftest import Project


@pytest.mark.parametrize("database", questions()["database"])
def test_make_chaos_passes(database: str, bake_once: Callable[..., Project]) -> None:
    result = bake_once(database=database).run("make", "chaos")

    assert result.status == 0, result.out
