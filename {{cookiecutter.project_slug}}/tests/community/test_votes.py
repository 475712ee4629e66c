"""Voting on posts, and accepting an answer."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.board.models import Question
from service.board.vote_models import QuestionVote
from service.extensions import db
from tests.accounts.people import logged_in_client

VOTER_COUNT = 20


@pytest.mark.parametrize(
    ("values", "score"),
    [
        pytest.param([1], 1, id="up"),
        pytest.param([-1], -1, id="down"),
        pytest.param([1, 1], 1, id="up twice is one vote"),
        pytest.param([1, -1], -1, id="changed"),
        pytest.param([-1, 0], 0, id="removed"),
        pytest.param([0], 0, id="removed without a vote"),
    ],
)
def test_member_has_one_vote_on_a_question(
    bob: FlaskClient, question_url: str, values: list[int], score: int
) -> None:
    for value in values:
        response_json = bob.put(f"{question_url}/vote", json={"value": value}).get_json()

    assert response_json["score"] == score


def test_member_has_one_vote_on_an_answer(ann: FlaskClient, answer_url: str) -> None:
    for value in (1, 1, -1):
        response_json = ann.put(f"{answer_url}/vote", json={"value": value}).get_json()

    assert response_json["score"] == -1


@pytest.mark.parametrize("value", [2, -2, 0.5, "1", True, None, [1]])
def test_invalid_vote_is_rejected(bob: FlaskClient, question_url: str, value: object) -> None:
    assert bob.put(f"{question_url}/vote", json={"value": value}).status_code == 422


@pytest.mark.slow
def test_simultaneous_votes_of_many_members_are_all_counted(
    app: Flask, question_url: str, question_id: int
) -> None:
    voters = [logged_in_client(app, f"Voter {number}") for number in range(VOTER_COUNT)]

    def vote(client: FlaskClient) -> list[int]:
        url = f"{question_url}/vote"
        return [client.put(url, json={"value": value}).status_code for value in (1, -1, 1)]

    with ThreadPoolExecutor(VOTER_COUNT) as threads:
        statuses = {
            status
            for statuses_of_voter in threads.map(vote, voters)
            for status in statuses_of_voter
        }

    with app.app_context():
        total = db.session.scalar(db.select(db.func.sum(QuestionVote.value)))
        score = db.session.get_one(Question, question_id).score
    assert (statuses, score, total) == ({200}, VOTER_COUNT, VOTER_COUNT)


@pytest.mark.slow
def test_simultaneous_votes_of_one_member_are_counted_once(
    app: Flask, ann: FlaskClient, question_url: str
) -> None:
    clients = [logged_in_client(app, "Bob") for _ in range(VOTER_COUNT)]

    def vote(client: FlaskClient) -> int:
        return client.put(f"{question_url}/vote", json={"value": 1}).status_code

    with ThreadPoolExecutor(VOTER_COUNT) as threads:
        statuses = set(threads.map(vote, clients))

    assert (statuses, ann.get(question_url).get_json()["score"]) == ({200}, 1)


def test_questions_with_most_votes_are_listed_first(ann: FlaskClient, bob: FlaskClient) -> None:
    for title, value in (("Middling", 0), ("Good", 1), ("Poor", -1), ("Middling too", 0)):
        response = ann.post("/api/v1/questions", json={"title": title, "body": "So."})
        bob.put(f"{response.headers['Location']}/vote", json={"value": value})

    titles: list[str] = []
    url: str | None = "/api/v1/questions?sort=votes&limit=2"
    while url:
        page = ann.get(url).get_json()
        titles += [item["title"] for item in page["items"]]
        after = page["next"]
        url = f"/api/v1/questions?sort=votes&limit=2&after={after}" if after else None

    assert titles == ["Good", "Middling too", "Middling", "Poor"]


@pytest.fixture
def voters(app: Flask) -> list[FlaskClient]:
    """Return test clients of five members."""
    return [logged_in_client(app, name) for name in ("Cy", "Dee", "Eve", "Fay", "Gus")]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("path", ["", "/{question_id}/answers"], ids=["questions", "answers"])
def test_list_by_votes_shows_no_post_twice_while_members_vote(
    ann: FlaskClient, voters: list[FlaskClient], question_id: int, path: str, seed: int
) -> None:
    rng = Random(seed)  # noqa: S311  # The votes are not secret.
    url = "/api/v1/questions" + path.format(question_id=question_id)
    body = {"body": "So."} if path else {"title": "Why?", "body": "So."}
    posts = [ann.post(url, json=body).headers["Location"] for _ in range(20)]

    listed_ids = []
    after: str | None = ""
    while after is not None:
        for _ in range(8):
            vote = {"value": rng.choice([1, -1, 0])}
            rng.choice(voters).put(f"{rng.choice(posts)}/vote", json=vote)
        query = {"sort": "votes", "limit": 3, **({"after": after} if after else {})}
        page = ann.get(url, query_string=query).get_json()
        listed_ids += [item["id"] for item in page["items"]]
        after = page["next"]

    assert len(listed_ids) == len(set(listed_ids))
    assert len(listed_ids) > 6


def test_list_by_votes_contains_posts_that_lost_votes_before_it_was_opened(
    ann: FlaskClient, bob: FlaskClient
) -> None:
    urls = [
        ann.post("/api/v1/questions", json={"title": "Why?", "body": "So."}).headers["Location"]
        for _ in range(4)
    ]
    for url in urls:
        bob.put(f"{url}/vote", json={"value": -1})

    page = ann.get("/api/v1/questions?sort=votes&limit=3").get_json()
    rest = ann.get(f"/api/v1/questions?sort=votes&limit=3&after={page['next']}").get_json()

    assert len(page["items"] + rest["items"]) == 4


def test_author_of_the_question_accepts_an_answer(
    ann: FlaskClient, question_url: str, answer_id: int
) -> None:
    response_json = ann.put(f"{question_url}/accept", json={"answer_id": answer_id}).get_json()

    assert response_json["accepted_answer_id"] == answer_id


def test_author_of_the_question_unaccepts_an_answer(
    ann: FlaskClient, question_url: str, answer_id: int
) -> None:
    ann.put(f"{question_url}/accept", json={"answer_id": answer_id})

    response_json = ann.put(f"{question_url}/accept", json={"answer_id": None}).get_json()

    assert response_json["accepted_answer_id"] is None


def test_answer_to_another_question_cannot_be_accepted(ann: FlaskClient, answer_id: int) -> None:
    other_question = ann.post("/api/v1/questions", json={"title": "Another?", "body": "Yes."})
    url = other_question.headers["Location"]

    response = ann.put(f"{url}/accept", json={"answer_id": answer_id})

    assert response.status_code == 422
    [error] = response.get_json()["errors"]
    assert error["pointer"] == "/answer_id"
    assert ann.get(url).get_json()["accepted_answer_id"] is None


@pytest.mark.slow
def test_simultaneous_acceptances_leave_one_accepted_answer(
    app: Flask, bob: FlaskClient, question_url: str
) -> None:
    answer_ids = [
        bob.post(f"{question_url}/answers", json={"body": f"Answer {number}"}).get_json()["id"]
        for number in range(8)
    ]
    clients = [logged_in_client(app) for _ in answer_ids]

    def accept(client: FlaskClient, answer_id: int) -> int:
        return client.put(f"{question_url}/accept", json={"answer_id": answer_id}).status_code

    with ThreadPoolExecutor(len(answer_ids)) as threads:
        statuses = set(threads.map(accept, clients, answer_ids))

    assert statuses == {200}
    assert bob.get(question_url).get_json()["accepted_answer_id"] in answer_ids
