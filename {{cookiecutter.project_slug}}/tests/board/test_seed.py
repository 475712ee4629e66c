"""The command `seed`."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute  # [template] if auth

from service.board.models import Answer, Question
from service.board.seed import BATCH_SIZE
from service.board.vote_models import AnswerVote, QuestionVote  # [template] if auth
from service.database.columns import now
from service.extensions import db

QUESTION = {"title": "How do I begin?", "body": "I have installed everything."}


@pytest.mark.parametrize("count", [*range(1, 9), BATCH_SIZE + 1])
def test_seed_adds_the_given_number_of_questions(
    app: Flask, runner: FlaskCliRunner, count: int
) -> None:
    result = runner.invoke(args=["seed", "--questions", str(count)])

    assert result.exit_code == 0, result.output
    assert f"Added {count} questions" in result.output
    with app.app_context():
        assert db.session.scalar(select(func.count(Question.id))) == count


def test_answer_count_of_seeded_questions_is_right(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", "50"])

    with app.app_context():
        answers = select(func.count(Answer.id)).where(Answer.question_id == Question.id)
        counts = db.session.execute(select(Question.answer_count, answers.scalar_subquery())).all()
    assert all(stored == actual for stored, actual in counts)
    assert len({stored for stored, _actual in counts}) > 1


def test_placeholders_of_seeded_texts_are_filled_in(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", "200"])

    with app.app_context():
        texts = list(db.session.scalars(select(Question.title + Question.body)))
        texts += db.session.scalars(select(Answer.body))
    assert [text for text in texts if re.search(r"\{[a-z]+\}", text)] == []


def test_seed_can_run_again(app: Flask, runner: FlaskCliRunner) -> None:
    for _ in range(2):
        runner.invoke(args=["seed", "--questions", "5"])

    with app.app_context():
        assert db.session.scalar(select(func.count(Question.id))) == 10


def test_seeded_answers_are_in_the_past(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", "500"])

    with app.app_context():
        newest = db.session.scalars(select(func.max(Answer.created_at))).one()
    assert newest <= now()


def test_oldest_question_is_added_first(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", "50"])

    with app.app_context():
        times = list(db.session.scalars(select(Question.created_at).order_by(Question.id)))
    assert times == sorted(times)


def test_question_can_be_asked_on_a_seeded_board(
    runner: FlaskCliRunner, writer: FlaskClient
) -> None:
    runner.invoke(args=["seed", "--questions", "5"])

    response = writer.post("/api/v1/questions", json=QUESTION)

    assert response.status_code == 201


@pytest.mark.parametrize(("language", "is_korean"), [("en", False), ("ko", True)])
def test_seed_uses_the_language_of_the_site(
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


def test_seed_is_rejected_in_production(production_app: Flask, app: Flask) -> None:
    result = production_app.test_cli_runner().invoke(args=["seed"])

    assert result.exit_code == 1
    assert "APP_ENV is production" in result.output
    with app.app_context():
        assert db.session.scalar(select(func.count(Question.id))) == 0


@pytest.mark.parametrize("count", ["0", "-1", "many", "1e3"])
def test_invalid_number_of_questions_is_rejected(runner: FlaskCliRunner, count: str) -> None:
    result = runner.invoke(args=["seed", "--questions", count])

    assert result.exit_code == 2


@pytest.mark.usefixtures("outage")
def test_outage_during_seed_is_reported_in_one_line(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["seed", "--questions", "1"])

    assert result.exit_code == 1
    assert "Error: Database error: " in result.output
    assert "no response from 10.0.0.7" in result.output
    assert "Traceback" not in result.output


# [template] if auth
@pytest.mark.parametrize(
    ("model", "post_id"),
    [
        pytest.param(Question, QuestionVote.question_id, id="questions"),
        pytest.param(Answer, AnswerVote.answer_id, id="answers"),
    ],
)
def test_scores_of_seeded_posts_are_the_sums_of_their_votes(
    app: Flask,
    runner: FlaskCliRunner,
    model: type[Question | Answer],
    post_id: InstrumentedAttribute[int],
) -> None:
    runner.invoke(args=["seed", "--questions", "50"])

    total = select(func.coalesce(func.sum(post_id.class_.value), 0)).where(post_id == model.id)
    with app.app_context():
        scores = db.session.execute(select(model.score, total.scalar_subquery())).all()
    assert all(stored == actual for stored, actual in scores)
    assert len({stored for stored, _actual in scores}) > 1


def test_seeded_posts_were_never_edited(app: Flask, runner: FlaskCliRunner) -> None:
    runner.invoke(args=["seed", "--questions", "5"])

    with app.app_context():
        assert not db.session.scalar(
            select(Question).where(Question.updated_at != Question.created_at)
        )
        assert not db.session.scalar(select(Answer).where(Answer.updated_at != Answer.created_at))
    # [template] endif
