"""The command `rebuild-search`."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import delete, event, func, select

from service.board.models import SearchDocument
from service.board.search_index import BATCH_SIZE
from service.extensions import db


def documents(app: Flask) -> list[tuple[object, ...]]:
    """Return the documents of the index, without their ids."""
    columns = [column for column in SearchDocument.__table__.columns if column.name != "id"]
    with app.app_context():
        return sorted(map(tuple, db.session.execute(select(*columns))), key=str)


def test_rebuilt_index_is_the_same(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", str(BATCH_SIZE + 1)])
    before = documents(app)

    result = runner.invoke(args=["rebuild-search"])

    assert result.exit_code == 0, result.output
    assert f"Indexed {BATCH_SIZE + 1} questions" in result.output
    assert documents(app) == before


def test_existing_posts_are_found_after_rebuild(
    app: Flask, runner: FlaskCliRunner, client: FlaskClient, question_id: int
) -> None:
    with app.app_context():
        db.session.execute(delete(SearchDocument))
        db.session.commit()
    before = client.get("/api/v1/questions?q=begin").get_json()["items"]

    runner.invoke(args=["rebuild-search"])

    after = client.get("/api/v1/questions?q=begin").get_json()["items"]
    assert (before, [question["id"] for question in after]) == ([], [question_id])


@pytest.mark.usefixtures("stamp")
@pytest.mark.parametrize("column", ["question_id", "answer_id"])
def test_doctor_finds_a_post_that_is_missing_in_the_index(
    app: Flask, runner: FlaskCliRunner, answer_many: Callable[[int], list[int]], column: str
) -> None:
    message = "Some posts are missing in its index. Run: flask --app service rebuild-search"
    answer_many(2)
    complete = runner.invoke(args=["doctor"]).output
    with app.app_context():
        lost = select(func.max(getattr(SearchDocument, column))).scalar_subquery()
        ids = db.session.scalars(select(SearchDocument.id).filter_by(**{column: lost})).all()
        db.session.execute(delete(SearchDocument).where(SearchDocument.id.in_(ids)))
        db.session.commit()

    assert message not in complete
    assert message in runner.invoke(args=["doctor"]).output


def test_empty_board_can_be_rebuilt(runner: FlaskCliRunner) -> None:
    assert runner.invoke(args=["rebuild-search"]).exit_code == 0


def test_rebuild_locks_no_joined_rows(
    app: Flask, ask_many: Callable[[int], list[int]], runner: FlaskCliRunner
) -> None:
    ask_many(1)
    statements: list[str] = []
    with app.app_context():
        engine = db.engine

    def record(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(engine, "before_cursor_execute", record)
    runner.invoke(args=["rebuild-search"])
    event.remove(engine, "before_cursor_execute", record)

    assert [each for each in statements if "FROM question" in each]
    assert [each for each in statements if "JOIN" in each] == []
