"""Changing and deleting posts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Answer, Question
from service.board.votes import AnswerVote, QuestionVote
from service.extensions import db
from tests.accounts.people import client_of_member, kept_member
from tests.conftest import Log

TOGETHER = 8


def test_an_author_changes_a_question(ann: FlaskClient, question: str) -> None:
    before = ann.get(question).get_json()

    changed = ann.patch(question, json={"title": "How do I end?"}).get_json()

    assert (changed["title"], changed["body"]) == ("How do I end?", before["body"])


def test_a_change_keeps_the_moment_of_asking(
    app: Flask, ann: FlaskClient, question: str, question_id: int
) -> None:
    with app.app_context():
        row = db.session.get_one(Question, question_id)
        row.created_at = row.updated_at = row.created_at.replace(year=2020)
        db.session.commit()

    changed = ann.patch(question, json={"body": "Anew."}).get_json()

    assert changed["created_at"].startswith("2020")
    assert not changed["updated_at"].startswith("2020")


def test_an_author_changes_an_answer(bob: FlaskClient, answer: str) -> None:
    assert bob.patch(answer, json={"body": "Not so."}).get_json()["body"] == "Not so."


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"title": "x"}, id="too short"),
        pytest.param({"author_id": 2}, id="another author"),
        pytest.param({"score": 9}, id="a score"),
        pytest.param({"accepted_answer_id": 1}, id="an accepted answer"),
        pytest.param({"created_at": "2020-01-01T00:00:00Z"}, id="another moment"),
        pytest.param({"body": None}, id="no text"),
    ],
)
def test_nothing_else_of_a_question_can_be_changed(
    ann: FlaskClient, question: str, change: dict[str, object]
) -> None:
    """I03."""
    before = ann.get(question).get_json()

    assert ann.patch(question, json=change).status_code == 422
    assert ann.get(question).get_json() == before


def test_a_deleted_question_takes_everything_with_it(
    app: Flask, ann: FlaskClient, question: str, answer_id: int
) -> None:
    ann.put(f"{question}/vote", json={"value": 1})
    ann.put(f"{question}/answers/{answer_id}/vote", json={"value": 1})
    ann.put(f"{question}/accept", json={"answer_id": answer_id})

    assert ann.delete(question).status_code == 204
    with app.app_context():
        left = [
            db.session.scalars(db.select(kind)).all()
            for kind in (Question, Answer, QuestionVote, AnswerVote)
        ]
    assert left == [[], [], [], []]


def test_a_deleted_answer_is_counted_no_more(
    bob: FlaskClient, ann: FlaskClient, question: str, answer: str, answer_id: int
) -> None:
    ann.put(f"{question}/accept", json={"answer_id": answer_id})

    bob.delete(answer)

    shown = ann.get(question).get_json()
    assert (shown["answer_count"], shown["accepted_answer_id"]) == (0, None)


@pytest.mark.slow
def test_an_answer_deleted_many_times_at_once_is_counted_once(
    app: Flask, ann: FlaskClient, question: str, answer: str
) -> None:
    clients = [client_of_member(app, "Bob") for _ in range(TOGETHER)]

    with ThreadPoolExecutor(TOGETHER) as threads:
        statuses = list(threads.map(lambda bob: bob.delete(answer).status_code, clients))

    assert sorted(statuses) == [204] + [404] * (TOGETHER - 1)
    assert ann.get(question).get_json()["answer_count"] == 0


def test_an_answer_has_no_address_below_another_question(
    bob: FlaskClient, ann: FlaskClient, answer_id: int
) -> None:
    other = ann.post("/api/v1/questions", json={"title": "Another?", "body": "Yes."})

    address = f"{other.headers['Location']}/answers/{answer_id}"

    assert bob.patch(address, json={"body": "Moved."}).status_code == 404
    assert bob.delete(address).status_code == 404


def test_whoever_tries_what_they_may_not_is_logged(
    app: Flask, bob: FlaskClient, question: str, log: Log
) -> None:
    """R7.09."""
    with app.app_context():
        bob_id = kept_member("Bob")

    bob.delete(question)

    [event, _request] = log()
    assert (
        event.items()
        >= {
            "event": "authz_fail",
            "level": "critical",
            "member_id": bob_id,
            "path": question,
        }.items()
    )
