"""The service functions of the board: lists, and simultaneous requests."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from service.board import posts
from service.board.models import Answer, Question
from service.database.pagination import Order, Page, PageRequest
from service.extensions import db
from tests.conftest import MakeQuestion, MakeWriter

AskMany = Callable[[int], list[int]]
QUESTION = {"title": "How do I begin?", "body": "I have installed everything."}
CLIENT_COUNT = 8


def all_ids(order: Order, limit: int, read: Callable[[PageRequest], Page]) -> list[int]:
    """Return the ids of the items of all pages."""
    page = read(PageRequest(limit))
    ids = [row.id for row in page.items]
    while page.next:
        page = read(PageRequest(limit, after=order.parse_cursor(str(page.next))))
        ids += [row.id for row in page.items]
    return ids


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 11, 12, 13])
def test_pages_contain_every_question_once(app: Flask, ask_many: AskMany, limit: int) -> None:
    question_ids = ask_many(12)

    with app.app_context():
        listed_ids = all_ids(
            posts.NEWEST_FIRST,
            limit,
            lambda request: posts.list_questions("newest", None, request),
        )

    assert listed_ids == question_ids[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 11, 12, 13])
def test_pages_contain_every_answer_once(
    app: Flask, answer_many: AskMany, question_id: int, limit: int
) -> None:
    answer_ids = answer_many(12)

    with app.app_context():
        question = db.session.get_one(Question, question_id)
        listed_ids = {
            sort: all_ids(
                posts.ANSWER_SORTS[sort].order,
                limit,
                partial(posts.list_answers, question, sort),
            )
            for sort in ("oldest", "newest")
        }

    assert listed_ids == {"oldest": answer_ids, "newest": answer_ids[::-1]}


def test_new_question_does_not_change_the_next_page(
    app: Flask, ask_many: AskMany, make_question: MakeQuestion
) -> None:
    question_ids = ask_many(6)

    with app.app_context():
        first_page = posts.list_questions("newest", None, PageRequest(3))
        db.session.add(make_question())
        db.session.commit()
        second_page = posts.list_questions("newest", None, PageRequest(2, after=first_page.next))

    assert [row.id for row in second_page.items] == question_ids[2:0:-1]


PostTogether = Callable[..., list[int]]


@pytest.fixture
def post_together(app: Flask, make_writer: MakeWriter) -> PostTogether:
    """Return a function that sends a POST from all clients at once, and returns the new ids."""
    barrier = Barrier(CLIENT_COUNT)

    def send_together(url: str, document: dict[str, str], **headers: str) -> list[int]:
        def post(client: FlaskClient) -> int:
            barrier.wait(timeout=60)
            response = client.post(url, json=document, headers=headers)
            assert response.status_code == 201, response.text
            post_id: int = response.get_json()["id"]
            return post_id

        with ThreadPoolExecutor(CLIENT_COUNT) as threads:
            return list(threads.map(post, [make_writer(app) for _ in range(CLIENT_COUNT)]))

    return send_together


@pytest.mark.slow
def test_simultaneous_requests_with_one_idempotency_key_create_one_question(
    app: Flask, post_together: PostTogether
) -> None:
    ids = post_together("/api/v1/questions", QUESTION, **{"Idempotency-Key": "once"})

    with app.app_context():
        assert set(ids) == set(db.session.scalars(db.select(Question.id)))
    assert len(set(ids)) == 1


@pytest.mark.slow
def test_simultaneous_requests_with_one_idempotency_key_create_one_answer(
    app: Flask, question_id: int, post_together: PostTogether
) -> None:
    url = f"/api/v1/questions/{question_id}/answers"

    ids = post_together(url, {"body": "So."}, **{"Idempotency-Key": "once"})

    with app.app_context():
        assert set(ids) == set(db.session.scalars(db.select(Answer.id)))
        assert db.session.get_one(Question, question_id).answer_count == 1


@pytest.mark.slow
def test_simultaneous_answers_are_all_counted(
    app: Flask, question_id: int, post_together: PostTogether
) -> None:
    post_together(f"/api/v1/questions/{question_id}/answers", {"body": "So."})

    with app.app_context():
        assert db.session.get_one(Question, question_id).answer_count == CLIENT_COUNT


@pytest.fixture
def _deletion_after_rollback() -> Iterator[None]:
    """Delete all questions after each rollback, as a simultaneous request could."""

    def delete_questions(_session: object) -> None:
        with db.engine.begin() as connection:
            connection.execute(db.delete(Question))

    event.listen(db.session, "after_rollback", delete_questions)
    yield
    event.remove(db.session, "after_rollback", delete_questions)


@pytest.mark.usefixtures("_deletion_after_rollback")
def test_post_is_created_again_if_the_earlier_one_is_deleted_meanwhile(writer: FlaskClient) -> None:
    header = {"Idempotency-Key": "once"}
    writer.post("/api/v1/questions", json=QUESTION, headers=header)

    response = writer.post("/api/v1/questions", json=QUESTION, headers=header)

    [question] = writer.get("/api/v1/questions").get_json()["items"]
    assert (response.status_code, response.get_json()) == (201, question)


def test_idempotency_keys_are_case_sensitive(writer: FlaskClient) -> None:
    for key in ("ABC", "abc"):
        writer.post("/api/v1/questions", json=QUESTION, headers={"Idempotency-Key": key})

    assert len(writer.get("/api/v1/questions").get_json()["items"]) == 2


def test_idempotency_key_of_an_answer_is_rejected_for_another_question(
    writer: FlaskClient, question_id: int
) -> None:
    other_url = writer.post("/api/v1/questions", json=QUESTION).headers["Location"]
    header = {"Idempotency-Key": "once"}
    writer.post(f"/api/v1/questions/{question_id}/answers", json={"body": "So."}, headers=header)

    response = writer.post(f"{other_url}/answers", json={"body": "So."}, headers=header)

    assert response.status_code == 422
    assert writer.get(other_url).get_json()["answer_count"] == 0
