"""Editing and deleting posts."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.models import Member
from service.board.models import Answer, Question
from service.board.vote_models import AnswerVote, QuestionVote
from service.community.changes import lock_question, update_post
from service.extensions import db
from tests.accounts.people import ensure_member_id, logged_in_client
from tests.conftest import Log, MakeQuestion

CLIENT_COUNT = 8


def test_author_edits_a_question(ann: FlaskClient, question_url: str) -> None:
    before = ann.get(question_url).get_json()

    edited = ann.patch(question_url, json={"title": "How do I end?"}).get_json()

    assert (edited["title"], edited["body"]) == ("How do I end?", before["body"])


def test_id_of_a_deleted_question_is_not_used_again(ann: FlaskClient, question_url: str) -> None:
    ann.delete(question_url)

    created = ann.post("/api/v1/questions", json={"title": "Another one", "body": "Hello."})

    assert created.headers["Location"] != question_url


@pytest.fixture
def _old_posts(app: Flask, answer_id: int) -> None:
    """Set the times of the question and the answer to the year 2020."""
    with app.app_context():
        question = db.session.scalars(db.select(Question)).one()
        for post in (question, db.session.get_one(Answer, answer_id)):
            post.created_at = post.updated_at = post.created_at.replace(year=2020)
        db.session.commit()


@pytest.mark.usefixtures("_old_posts")
def test_edit_changes_updated_at_and_not_created_at(
    ann: FlaskClient, bob: FlaskClient, question_url: str, answer_url: str
) -> None:
    for post in (
        ann.patch(question_url, json={"body": "Changed."}).get_json(),
        bob.patch(answer_url, json={"body": "Changed."}).get_json(),
    ):
        assert post["created_at"].startswith("2020")
        assert not post["updated_at"].startswith("2020")


@pytest.mark.usefixtures("_old_posts")
def test_vote_does_not_change_updated_at(
    ann: FlaskClient, bob: FlaskClient, question_url: str, answer_url: str
) -> None:
    for post in (
        bob.put(f"{question_url}/vote", json={"value": 1}).get_json(),
        ann.put(f"{answer_url}/vote", json={"value": 1}).get_json(),
    ):
        assert post["score"] == 1
        assert post["updated_at"].startswith("2020")


@pytest.mark.usefixtures("_old_posts")
def test_edit_without_fields_changes_nothing(ann: FlaskClient, question_url: str) -> None:
    before = ann.get(question_url).get_json()

    assert ann.patch(question_url, json={}).get_json() == before


def test_update_post_sets_relationships(app: Flask, question_id: int) -> None:
    with app.app_context():
        bob = db.session.get_one(Member, ensure_member_id("Bob"))
        question = db.session.get_one(Question, question_id)

        update_post(question, {"author": bob})

        assert question.author_id == bob.id


def test_author_edits_an_answer(bob: FlaskClient, answer_url: str) -> None:
    assert bob.patch(answer_url, json={"body": "Not so."}).get_json()["body"] == "Not so."


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"title": "x"}, id="too short"),
        pytest.param({"author_id": 2}, id="author"),
        pytest.param({"score": 9}, id="score"),
        pytest.param({"accepted_answer_id": 1}, id="accepted answer"),
        pytest.param({"created_at": "2020-01-01T00:00:00Z"}, id="time"),
        pytest.param({"body": None}, id="no text"),
    ],
)
def test_invalid_edit_of_a_question_is_rejected(
    ann: FlaskClient, question_url: str, change: dict[str, object]
) -> None:
    before = ann.get(question_url).get_json()

    assert ann.patch(question_url, json=change).status_code == 422
    assert ann.get(question_url).get_json() == before


def test_deleting_a_question_deletes_its_answers_and_votes(
    app: Flask, ann: FlaskClient, question_url: str, answer_id: int
) -> None:
    ann.put(f"{question_url}/vote", json={"value": 1})
    ann.put(f"{question_url}/answers/{answer_id}/vote", json={"value": 1})
    ann.put(f"{question_url}/accept", json={"answer_id": answer_id})

    assert ann.delete(question_url).status_code == 204
    with app.app_context():
        rows = [
            db.session.scalars(db.select(model)).all()
            for model in (Question, Answer, QuestionVote, AnswerVote)
        ]
    assert rows == [[], [], [], []]


def test_deleted_answer_is_neither_counted_nor_accepted(
    bob: FlaskClient, ann: FlaskClient, question_url: str, answer_url: str, answer_id: int
) -> None:
    ann.put(f"{question_url}/accept", json={"answer_id": answer_id})

    bob.delete(answer_url)

    question = ann.get(question_url).get_json()
    assert (question["answer_count"], question["accepted_answer_id"]) == (0, None)


@pytest.mark.slow
def test_simultaneous_deletions_of_an_answer_are_counted_once(
    app: Flask, ann: FlaskClient, question_url: str, answer_url: str
) -> None:
    clients = [logged_in_client(app, "Bob") for _ in range(CLIENT_COUNT)]

    with ThreadPoolExecutor(CLIENT_COUNT) as threads:
        statuses = list(threads.map(lambda bob: bob.delete(answer_url).status_code, clients))

    assert sorted(statuses) == [204] + [404] * (CLIENT_COUNT - 1)
    assert ann.get(question_url).get_json()["answer_count"] == 0


def test_answer_to_another_question_is_not_found(
    bob: FlaskClient, ann: FlaskClient, answer_id: int
) -> None:
    other_question = ann.post("/api/v1/questions", json={"title": "Another?", "body": "Yes."})

    url = f"{other_question.headers['Location']}/answers/{answer_id}"

    assert bob.patch(url, json={"body": "Moved."}).status_code == 404
    assert bob.delete(url).status_code == 404


def test_forbidden_request_is_logged(
    app: Flask, bob: FlaskClient, question_url: str, log: Log
) -> None:
    with app.app_context():
        bob_id = ensure_member_id("Bob")

    bob.delete(question_url)

    [event, _request] = log()
    assert (
        event.items()
        >= {
            "event": "authz_fail",
            "level": "critical",
            "member_id": bob_id,
            "path": question_url,
        }.items()
    )


@pytest.mark.parametrize("name", ["QuestionBody", "AnswerBody"])
def test_edit_is_documented_without_required_fields(client: FlaskClient, name: str) -> None:
    document = client.get("/api/v1/openapi.json").get_json()

    schemas = document["components"]["schemas"]
    assert schemas[name]["required"]
    assert "required" not in schemas[f"{name}Partial"]


def test_locking_a_question_does_not_lock_its_author(
    make_app: Callable[..., Flask], make_question: MakeQuestion
) -> None:
    app = make_app(DB_STATEMENT_TIMEOUT_SECONDS="5")
    with app.app_context():
        # [template] if sqlite
        if db.engine.dialect.name == "sqlite":
            pytest.skip("There are no row locks.")
        # [template] endif
        questions = [make_question(), make_question()]
        db.session.add_all(questions)
        db.session.commit()
        first, second = [question.id for question in questions]

        lock_question(first)
        # Another database session. It would time out if the first lock included the author's row.
        with app.app_context():
            assert lock_question(second)
