"""Voting on posts, and accepting an answer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.board.votes import QuestionVote
from service.extensions import db
from tests.accounts.people import client_of_member

VOTERS = 20


@pytest.mark.parametrize(
    ("values", "score"),
    [
        pytest.param([1], 1, id="up"),
        pytest.param([-1], -1, id="down"),
        pytest.param([1, 1], 1, id="up twice is one vote"),
        pytest.param([1, -1], -1, id="changed"),
        pytest.param([-1, 0], 0, id="taken back"),
        pytest.param([0], 0, id="never given"),
    ],
)
def test_a_member_has_one_vote_on_a_question(
    bob: FlaskClient, question: str, values: list[int], score: int
) -> None:
    for value in values:
        shown = bob.put(f"{question}/vote", json={"value": value}).get_json()

    assert shown["score"] == score


def test_a_member_has_one_vote_on_an_answer(ann: FlaskClient, answer: str) -> None:
    for value in (1, 1, -1):
        shown = ann.put(f"{answer}/vote", json={"value": value}).get_json()

    assert shown["score"] == -1


@pytest.mark.parametrize("value", [2, -2, 0.5, "1", True, None, [1]])
def test_a_vote_that_is_none_is_refused(bob: FlaskClient, question: str, value: object) -> None:
    assert bob.put(f"{question}/vote", json={"value": value}).status_code == 422


@pytest.mark.slow
def test_votes_of_many_at_once_all_count(app: Flask, question: str, question_id: int) -> None:
    voters = [client_of_member(app, f"Voter {number}") for number in range(VOTERS)]

    def vote(client: FlaskClient) -> list[int]:
        address = f"{question}/vote"
        return [client.put(address, json={"value": value}).status_code for value in (1, -1, 1)]

    with ThreadPoolExecutor(VOTERS) as threads:
        statuses = {status for answers in threads.map(vote, voters) for status in answers}

    with app.app_context():
        total = db.session.scalar(db.select(db.func.sum(QuestionVote.value)))
        score = db.session.get_one(Question, question_id).score
    assert (statuses, score, total) == ({200}, VOTERS, VOTERS)


@pytest.mark.slow
def test_one_member_who_votes_many_times_at_once_has_one_vote(
    app: Flask, ann: FlaskClient, question: str
) -> None:
    browsers = [client_of_member(app, "Bob") for _ in range(VOTERS)]

    def vote(client: FlaskClient) -> int:
        return client.put(f"{question}/vote", json={"value": 1}).status_code

    with ThreadPoolExecutor(VOTERS) as threads:
        statuses = set(threads.map(vote, browsers))

    assert (statuses, ann.get(question).get_json()["score"]) == ({200}, 1)


def test_the_best_questions_are_listed_first(ann: FlaskClient, bob: FlaskClient) -> None:
    for title, value in (("Middling", 0), ("Good", 1), ("Poor", -1), ("Middling too", 0)):
        asked = ann.post("/api/v1/questions", json={"title": title, "body": "So."})
        bob.put(f"{asked.headers['Location']}/vote", json={"value": value})

    listed: list[str] = []
    address: str | None = "/api/v1/questions?sort=votes&limit=2"
    while address:
        page = ann.get(address).get_json()
        listed += [item["title"] for item in page["items"]]
        after = page["next"]
        address = f"/api/v1/questions?sort=votes&limit=2&after={after}" if after else None

    assert listed == ["Good", "Middling too", "Middling", "Poor"]


def test_who_asked_accepts_an_answer(ann: FlaskClient, question: str, answer_id: int) -> None:
    accepted = ann.put(f"{question}/accept", json={"answer_id": answer_id}).get_json()

    assert accepted["accepted_answer_id"] == answer_id


def test_an_acceptance_can_be_taken_back(ann: FlaskClient, question: str, answer_id: int) -> None:
    ann.put(f"{question}/accept", json={"answer_id": answer_id})

    shown = ann.put(f"{question}/accept", json={"answer_id": None}).get_json()

    assert shown["accepted_answer_id"] is None


def test_an_answer_to_another_question_cannot_be_accepted(ann: FlaskClient, answer_id: int) -> None:
    """I04."""
    other = ann.post("/api/v1/questions", json={"title": "Another?", "body": "Yes."})
    address = other.headers["Location"]

    refused = ann.put(f"{address}/accept", json={"answer_id": answer_id})

    assert refused.status_code == 404
    assert ann.get(address).get_json()["accepted_answer_id"] is None


@pytest.mark.slow
def test_answers_accepted_at_the_same_moment_leave_one(
    app: Flask, bob: FlaskClient, question: str
) -> None:
    answers = [
        bob.post(f"{question}/answers", json={"body": f"Answer {number}"}).get_json()["id"]
        for number in range(8)
    ]
    clients = [client_of_member(app) for _ in answers]

    def accept(client: FlaskClient, answer_id: int) -> int:
        return client.put(f"{question}/accept", json={"answer_id": answer_id}).status_code

    with ThreadPoolExecutor(len(answers)) as threads:
        statuses = set(threads.map(accept, clients, answers))

    assert statuses == {200}
    assert bob.get(question).get_json()["accepted_answer_id"] in answers
