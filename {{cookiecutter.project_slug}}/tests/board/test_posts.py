"""What can be done on the board, page after page and at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board import posts
from service.board.models import Answer, Question
from service.core.cursors import Cursor, Page
from service.extensions import db

AskMany = Callable[[int], list[int]]
GOOD = {"title": "How do I begin?", "body": "I have installed everything."}
TOGETHER = 8


def all_ids(read: Callable[[Cursor | None], Page[Question] | Page[Answer]]) -> list[int]:
    """Return the ids of all pages, one after the other."""
    page = read(None)
    seen = [row.id for row in page.items]
    while page.next:
        page = read(Cursor.parse(str(page.next)))
        seen += [row.id for row in page.items]
    return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 11, 12, 13])
def test_pages_of_any_size_show_every_question_once(
    app: Flask, ask_many: AskMany, limit: int
) -> None:
    asked = ask_many(12)

    with app.app_context():
        seen = all_ids(lambda after: posts.list_questions(posts.Sort.NEWEST, "", after, limit))

    assert seen == asked[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 11, 12, 13])
def test_pages_of_any_size_show_every_answer_once(
    app: Flask, answer_many: AskMany, question_id: int, limit: int
) -> None:
    answered = answer_many(12)

    with app.app_context():
        question = db.session.get_one(Question, question_id)
        seen = all_ids(lambda after: posts.list_answers(question, after, limit))

    assert seen == answered


def test_a_question_asked_meanwhile_moves_no_page(app: Flask, ask_many: AskMany) -> None:
    asked = ask_many(6)

    with app.app_context():
        first = posts.list_questions(posts.Sort.NEWEST, "", None, 3)
        posts.ask("Newer?", "Yes.")
        second = posts.list_questions(posts.Sort.NEWEST, "", first.next, 2)

    assert [row.id for row in second.items] == asked[2:0:-1]


def together(app: Flask, address: str, document: dict[str, str], **headers: str) -> list[int]:
    """Post the same from several clients at one moment, and return the ids that they were told."""
    barrier = Barrier(TOGETHER)

    def post(_number: int) -> int:
        client = app.test_client()
        barrier.wait(timeout=10)
        response = client.post(address, json=document, headers=headers)
        assert response.status_code == 201, response.text
        made: int = response.get_json()["id"]
        return made

    with ThreadPoolExecutor(TOGETHER) as threads:
        return list(threads.map(post, range(TOGETHER)))


def test_one_submission_sent_at_the_same_moment_asks_once(app: Flask) -> None:
    """R6.07."""
    told = together(app, "/api/v1/questions", GOOD, **{"Idempotency-Key": "once"})

    with app.app_context():
        assert set(told) == set(db.session.scalars(db.select(Question.id)))
    assert len(set(told)) == 1


def test_one_submission_sent_at_the_same_moment_answers_once(app: Flask, question_id: int) -> None:
    """R6.07."""
    address = f"/api/v1/questions/{question_id}/answers"

    told = together(app, address, {"body": "So."}, **{"Idempotency-Key": "once"})

    with app.app_context():
        assert set(told) == set(db.session.scalars(db.select(Answer.id)))
        assert db.session.get_one(Question, question_id).answer_count == 1


def test_answers_given_at_the_same_moment_are_all_counted(app: Flask, question_id: int) -> None:
    """R7.05."""
    together(app, f"/api/v1/questions/{question_id}/answers", {"body": "So."})

    with app.app_context():
        assert db.session.get_one(Question, question_id).answer_count == TOGETHER


def test_submissions_that_differ_in_case_are_two(client: FlaskClient) -> None:
    """R3.06."""
    for key in ("ABC", "abc"):
        client.post("/api/v1/questions", json=GOOD, headers={"Idempotency-Key": key})

    assert len(client.get("/api/v1/questions").get_json()["items"]) == 2


def test_a_submission_to_one_question_is_none_to_another(
    client: FlaskClient, question_id: int
) -> None:
    other = client.post("/api/v1/questions", json=GOOD).headers["Location"]
    header = {"Idempotency-Key": "once"}
    client.post(f"/api/v1/questions/{question_id}/answers", json={"body": "So."}, headers=header)

    second = client.post(f"{other}/answers", json={"body": "So."}, headers=header)

    assert second.status_code == 422
    assert client.get(other).get_json()["answer_count"] == 0
