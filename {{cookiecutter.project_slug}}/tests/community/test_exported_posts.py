"""The posts and the votes in the export of a member's data."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.jobs.running import run_due_jobs


def exported_data(app: Flask, client: FlaskClient) -> dict[str, Any]:
    """Request the data of a member, run the job and return the file."""
    client.post("/api/v1/auth/me/export")
    run_due_jobs(app)
    data: dict[str, Any] = client.get("/api/v1/auth/me/export").get_json()
    return data


def test_file_contains_the_questions_of_the_member(
    app: Flask, ann: FlaskClient, question_id: int, answer_url: str
) -> None:
    ann.put(f"{answer_url}/vote", json={"value": 1})

    data = exported_data(app, ann)

    [question] = data["questions"]
    assert question.items() >= {"id": question_id, "answer_count": 1}.items()
    assert {"title", "body", "created_at", "updated_at"} <= question.keys()
    assert data["answers"] == []


def test_file_contains_the_answers_of_the_member(
    app: Flask, bob: FlaskClient, question_id: int, answer_id: int
) -> None:
    data = exported_data(app, bob)

    [answer] = data["answers"]
    assert answer.items() >= {"id": answer_id, "question_id": question_id}.items()
    assert data["questions"] == []


def test_file_contains_the_votes_of_the_member(
    app: Flask, ann: FlaskClient, question_id: int, answer_id: int, question_url: str
) -> None:
    ann.put(f"{question_url}/answers/{answer_id}/vote", json={"value": -1})
    ann.put(f"{question_url}/vote", json={"value": 1})

    assert exported_data(app, ann)["votes"] == [
        {"question_id": question_id, "value": 1},
        {"answer_id": answer_id, "value": -1},
    ]
