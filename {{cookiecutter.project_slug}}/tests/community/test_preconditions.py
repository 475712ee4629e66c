"""Edits and deletions with `If-Match`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.people import logged_in_client

MakeUrl = Callable[[str], str]


@pytest.fixture
def make_url(question_id: int, answer_id: int) -> MakeUrl:
    """Return a function that returns the URL of the question or of its answer."""
    question = f"/api/v1/questions/{question_id}"
    return {"question": question, "answer": f"{question}/answers/{answer_id}"}.__getitem__


@pytest.fixture
def authors(app: Flask) -> dict[str, FlaskClient]:
    """Return the clients of the authors of the question and of the answer."""
    return {"question": logged_in_client(app), "answer": logged_in_client(app, "Bob")}


def etag_of(client: FlaskClient, url: str) -> str:
    """Return the ETag of a resource."""
    return client.get(url).headers["ETag"]


@pytest.mark.parametrize("kind", ["question", "answer"])
def test_edit_of_the_current_state_succeeds(
    authors: dict[str, FlaskClient], make_url: MakeUrl, kind: str
) -> None:
    client, url = authors[kind], make_url(kind)
    headers = {"If-Match": f'"other", {etag_of(client, url)}'}

    response = client.patch(url, json={"body": "Changed."}, headers=headers)

    assert response.status_code == 200
    assert response.headers["ETag"] == etag_of(client, url)


@pytest.mark.parametrize("kind", ["question", "answer"])
def test_etag_of_a_response_with_html_matches(
    authors: dict[str, FlaskClient], make_url: MakeUrl, kind: str
) -> None:
    client, url = authors[kind], make_url(kind)
    headers = {"If-Match": etag_of(client, f"{url}?render=html")}

    response = client.patch(url, json={"body": "Changed."}, headers=headers)

    assert response.status_code == 200


@pytest.mark.parametrize("kind", ["question", "answer"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_change_of_an_outdated_state_is_rejected(
    authors: dict[str, FlaskClient], make_url: MakeUrl, kind: str, method: str
) -> None:
    client, url = authors[kind], make_url(kind)
    headers = {"If-Match": etag_of(client, url)}
    client.patch(url, json={"body": "Theirs."})

    response = client.open(url, method=method, json={"body": "Mine."}, headers=headers)

    assert response.status_code == 412
    assert client.get(url).get_json()["body"] == "Theirs."


@pytest.mark.parametrize("kind", ["question", "answer"])
def test_deletion_of_the_current_state_succeeds(
    authors: dict[str, FlaskClient], make_url: MakeUrl, kind: str
) -> None:
    client, url = authors[kind], make_url(kind)

    response = client.delete(url, headers={"If-Match": etag_of(client, url)})

    assert response.status_code == 204
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param("*", 200, id="any"),
        pytest.param("W/{}", 412, id="weak"),
        pytest.param("", 412, id="empty"),
        pytest.param("garbage", 412, id="no quotes"),
        pytest.param('"' + "x" * 5000, 412, id="no closing quote"),
        pytest.param("é, ,W/,*", 412, id="not ASCII"),
    ],
)
def test_value_that_is_not_a_strong_etag_of_the_resource(
    authors: dict[str, FlaskClient], make_url: MakeUrl, value: str, status: int
) -> None:
    client, url = authors["question"], make_url("question")
    headers = {"If-Match": value.format(etag_of(client, url))}

    response = client.patch(url, json={"body": "Changed."}, headers=headers)

    assert response.status_code == status


def test_permission_is_checked_before_the_condition(app: Flask, make_url: MakeUrl) -> None:
    bob = logged_in_client(app, "Bob")

    response = bob.patch(make_url("question"), json={"body": "x"}, headers={"If-Match": '"x"'})

    assert response.status_code == 403


def test_vote_changes_the_etag(authors: dict[str, FlaskClient], make_url: MakeUrl) -> None:
    client, url = authors["question"], make_url("question")
    before = etag_of(client, url)

    voted = client.put(f"{url}/vote", json={"value": 1})

    assert voted.headers["ETag"] == etag_of(client, url) != before


@pytest.mark.slow
def test_of_two_simultaneous_edits_with_the_same_etag_one_succeeds(
    app: Flask, authors: dict[str, FlaskClient], make_url: MakeUrl
) -> None:
    url = make_url("question")
    headers = {"If-Match": etag_of(authors["question"], url)}
    clients = [logged_in_client(app) for _ in range(4)]

    def edit(number: int) -> int:
        body = {"body": f"Edit {number}."}
        return clients[number].patch(url, json=body, headers=headers).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = sorted(pool.map(edit, range(len(clients))))

    assert statuses == [200, 412, 412, 412]
