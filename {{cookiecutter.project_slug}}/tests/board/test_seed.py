"""The command `seed`."""

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import func, select

from service.board.models import Answer, Question
from service.board.seed import BATCH
from service.core.columns import now
from service.extensions import db

GOOD = {"title": "How do I begin?", "body": "I have installed everything."}


@pytest.mark.parametrize("count", [*range(1, 9), BATCH + 1])
def test_seed_adds_as_many_questions_as_asked_for(
    app: Flask, runner: FlaskCliRunner, count: int
) -> None:
    result = runner.invoke(args=["seed", "--questions", str(count)])

    assert result.exit_code == 0, result.output
    with app.app_context():
        assert db.session.scalar(select(func.count(Question.id))) == count


def test_seeded_questions_count_their_answers(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", "50"])

    with app.app_context():
        answers = select(func.count(Answer.id)).where(Answer.question_id == Question.id)
        counted = db.session.execute(select(Question.answer_count, answers.scalar_subquery())).all()
    assert all(said == there for said, there in counted)
    assert len({said for said, _there in counted}) > 1


def test_seed_adds_to_what_is_there(app: Flask, runner: FlaskCliRunner) -> None:
    for _ in range(2):
        runner.invoke(args=["seed", "--questions", "5"])

    with app.app_context():
        assert db.session.scalar(select(func.count(Question.id))) == 10


def test_nothing_that_is_seeded_happens_tomorrow(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", "500"])

    with app.app_context():
        newest = db.session.scalars(select(func.max(Answer.created_at))).one()
    assert newest <= now()


def test_a_question_can_be_asked_on_a_seeded_board(
    runner: FlaskCliRunner, writer: FlaskClient
) -> None:
    runner.invoke(args=["seed", "--questions", "5"])

    response = writer.post("/api/v1/questions", json=GOOD)

    assert response.status_code == 201


@pytest.mark.parametrize(("language", "is_korean"), [("en", False), ("ko", True)])
def test_seed_writes_in_the_language_of_the_site(
    app: Flask,
    runner: FlaskCliRunner,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    is_korean: bool,
) -> None:
    monkeypatch.setitem(app.config, "BABEL_DEFAULT_LOCALE", language)

    runner.invoke(args=["seed", "--questions", "3"])

    with app.app_context():
        bodies = " ".join(db.session.scalars(select(Question.body)))
    assert any("가" <= letter <= "힣" for letter in bodies) is is_korean


def test_seed_refuses_production(production: Flask, app: Flask) -> None:
    result = production.test_cli_runner().invoke(args=["seed"])

    assert result.exit_code == 1
    assert "APP_ENV is production" in result.output
    with app.app_context():
        assert db.session.scalar(select(func.count(Question.id))) == 0


@pytest.mark.parametrize("count", ["0", "-1", "many", "1e3"])
def test_seed_refuses_a_number_that_makes_no_sense(runner: FlaskCliRunner, count: str) -> None:
    result = runner.invoke(args=["seed", "--questions", count])

    assert result.exit_code == 2


@pytest.mark.usefixtures("outage")
def test_seed_says_in_one_sentence_that_the_database_is_away(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["seed", "--questions", "1"])

    assert result.exit_code == 1
    assert "Error: The database says: nobody at 10.0.0.7." in result.output
