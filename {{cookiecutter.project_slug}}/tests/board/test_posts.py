"""What can be done on the board, page after page and at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board import posts
from service.board.models import Answer, Question
from service.core.cursors import Cursor, Order
from service.core.listings import Page
from service.extensions import db
from tests.conftest import MakeQuestion, MakeWriter

AskMany = Callable[[int], list[int]]
GOOD = {"title": "How do I begin?", "body": "I have installed everything."}
TOGETHER = 8


def all_ids(order: Order, read: Callable[[Cursor | None], Page]) -> list[int]:
    """Return the ids of all pages, one after the other."""
    page = read(None)
    seen = [row.id for row in page.items]
    while page.next:
        page = read(Cursor.parse(str(page.next), order))
        seen += [row.id for row in page.items]
    return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 11, 12, 13])
def test_pages_of_any_size_show_every_question_once(
    app: Flask, ask_many: AskMany, limit: int
) -> None:
    asked = ask_many(12)

    with app.app_context():
        seen = all_ids(
            posts.NEWEST.order,
            lambda after: posts.list_questions(posts.Sort.NEWEST, "", after, limit),
        )

    assert seen == asked[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 11, 12, 13])
def test_pages_of_any_size_show_every_answer_once(
    app: Flask, answer_many: AskMany, question_id: int, limit: int
) -> None:
    answered = answer_many(12)

    with app.app_context():
        question = db.session.get_one(Question, question_id)
        seen = all_ids(
            posts.ANSWERS.order, lambda after: posts.list_answers(question, after, limit)
        )

    assert seen == answered


def test_a_question_asked_meanwhile_moves_no_page(
    app: Flask, ask_many: AskMany, make_question: MakeQuestion
) -> None:
    asked = ask_many(6)

    with app.app_context():
        first = posts.list_questions(posts.Sort.NEWEST, "", None, 3)
        db.session.add(make_question())
        db.session.commit()
        second = posts.list_questions(posts.Sort.NEWEST, "", first.next, 2)

    assert [row.id for row in second.items] == asked[2:0:-1]


Together = Callable[..., list[int]]


@pytest.fixture
def together(app: Flask, make_writer: MakeWriter) -> Together:
    """Post the same from several clients at one moment, and give the ids that they were told."""
    barrier = Barrier(TOGETHER)

    def post_together(address: str, document: dict[str, str], **headers: str) -> list[int]:
        def post(client: FlaskClient) -> int:
            barrier.wait(timeout=10)
            response = client.post(address, json=document, headers=headers)
            assert response.status_code == 201, response.text
            made: int = response.get_json()["id"]
            return made

        with ThreadPoolExecutor(TOGETHER) as threads:
            return list(threads.map(post, [make_writer(app) for _ in range(TOGETHER)]))

    return post_together


@pytest.mark.slow
def test_one_submission_sent_at_the_same_moment_asks_once(app: Flask, together: Together) -> None:
    """R6.07."""
    told = together("/api/v1/questions", GOOD, **{"Idempotency-Key": "once"})

    with app.app_context():
        assert set(told) == set(db.session.scalars(db.select(Question.id)))
    assert len(set(told)) == 1


@pytest.mark.slow
def test_one_submission_sent_at_the_same_moment_answers_once(
    app: Flask, question_id: int, together: Together
) -> None:
    """R6.07."""
    address = f"/api/v1/questions/{question_id}/answers"

    told = together(address, {"body": "So."}, **{"Idempotency-Key": "once"})

    with app.app_context():
        assert set(told) == set(db.session.scalars(db.select(Answer.id)))
        assert db.session.get_one(Question, question_id).answer_count == 1


@pytest.mark.slow
def test_answers_given_at_the_same_moment_are_all_counted(
    app: Flask, question_id: int, together: Together
) -> None:
    """R7.05."""
    together(f"/api/v1/questions/{question_id}/answers", {"body": "So."})

    with app.app_context():
        assert db.session.get_one(Question, question_id).answer_count == TOGETHER


def test_submissions_that_differ_in_case_are_two(writer: FlaskClient) -> None:
    """R3.06."""
    for key in ("ABC", "abc"):
        writer.post("/api/v1/questions", json=GOOD, headers={"Idempotency-Key": key})

    assert len(writer.get("/api/v1/questions").get_json()["items"]) == 2


def test_a_submission_to_one_question_is_none_to_another(
    writer: FlaskClient, question_id: int
) -> None:
    other = writer.post("/api/v1/questions", json=GOOD).headers["Location"]
    header = {"Idempotency-Key": "once"}
    writer.post(f"/api/v1/questions/{question_id}/answers", json={"body": "So."}, headers=header)

    second = writer.post(f"{other}/answers", json={"body": "So."}, headers=header)

    assert second.status_code == 422
    assert writer.get(other).get_json()["answer_count"] == 0
