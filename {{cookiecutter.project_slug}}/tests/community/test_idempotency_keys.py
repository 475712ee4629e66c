"""The idempotency keys of members."""

import pytest
from flask.testing import FlaskClient

QUESTION = {"title": "How do I end?", "body": "I have started everything."}
HEADER = {"Idempotency-Key": "once"}


@pytest.mark.parametrize("body", ["I have started everything.", "Something else."])
def test_key_of_another_member_has_no_effect(ann: FlaskClient, bob: FlaskClient, body: str) -> None:
    first = ann.post("/api/v1/questions", json=QUESTION, headers=HEADER)

    response = bob.post("/api/v1/questions", json={**QUESTION, "body": body}, headers=HEADER)

    assert response.status_code == 201
    assert response.get_json()["author"]["name"] == "Bob"
    assert response.get_json()["id"] != first.get_json()["id"]


@pytest.mark.parametrize("body", ["So.", "Something else."])
def test_key_of_another_members_answer_has_no_effect(
    ann: FlaskClient, bob: FlaskClient, question_url: str, body: str
) -> None:
    ann.post(f"{question_url}/answers", json={"body": "So."}, headers=HEADER)

    response = bob.post(f"{question_url}/answers", json={"body": body}, headers=HEADER)

    assert (response.status_code, response.get_json()["author"]["name"]) == (201, "Bob")
    assert ann.get(question_url).get_json()["answer_count"] == 2


def test_retry_after_an_edit_returns_the_first_question(ann: FlaskClient) -> None:
    url = ann.post("/api/v1/questions", json=QUESTION, headers=HEADER).headers["Location"]
    edited = ann.patch(url, json={"body": "Edited."}).get_json()

    retry = ann.post("/api/v1/questions", json=QUESTION, headers=HEADER)

    assert (retry.status_code, retry.headers["Location"], retry.get_json()) == (201, url, edited)


def test_retry_after_an_edit_returns_the_first_answer(
    ann: FlaskClient, bob: FlaskClient, question_url: str
) -> None:
    body = {"body": "So."}
    url = bob.post(f"{question_url}/answers", json=body, headers=HEADER).headers["Location"]
    edited = bob.patch(url, json={"body": "Edited."}).get_json()

    retry = bob.post(f"{question_url}/answers", json=body, headers=HEADER)

    assert (retry.status_code, retry.headers["Location"], retry.get_json()) == (201, url, edited)
    assert ann.get(question_url).get_json()["answer_count"] == 1


def test_reused_key_with_the_edited_text_is_rejected(ann: FlaskClient) -> None:
    url = ann.post("/api/v1/questions", json=QUESTION, headers=HEADER).headers["Location"]
    changes = {"body": "Edited."}
    ann.patch(url, json=changes)

    response = ann.post("/api/v1/questions", json={**QUESTION, **changes}, headers=HEADER)

    assert response.status_code == 422
