"""Who may do what: every route of the service, for nobody, another member, and the owner (R6.05).

The table has a row for each route and method; a route without one fails.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.people import client_of_member
from tests.members.permissions import pages_with_forms  # [template] if forms

SAFE = {"HEAD", "OPTIONS"}
WORDS: dict[str, object] = {"title": "Whose is it?", "body": "Mine."}


class Row(NamedTuple):
    """What each is answered: a stranger, Bob, who wrote the answer, and Ann, who asked."""

    method: str
    endpoint: str
    stranger: int
    bob: int
    ann: int
    body: dict[str, object] | None = None


def read_by_all(*endpoints: str) -> list[Row]:
    """Return the rows of what everybody may read."""
    return [Row("GET", endpoint, 200, 200, 200) for endpoint in endpoints]


TABLE = [
    *read_by_all("main.index", "main.read_question", "docs.show_docs", "api-docs.openapi_json"),
    *read_by_all("questions.list_questions", "questions.read_question"),
    *read_by_all("answers.list_answers", "answers.read_answer", "health.healthz"),
    Row("GET", "health.readyz", 503, 503, 503),
    Row("POST", "questions.ask", 401, 201, 201, WORDS),
    Row("POST", "answers.answer", 401, 201, 201, {"body": "So."}),
    Row("PATCH", "own_questions.change_question", 401, 403, 200, WORDS),
    Row("DELETE", "own_questions.delete_question", 401, 403, 204),
    Row("PUT", "own_questions.vote_on_question", 401, 200, 200, {"value": 1}),
    Row("PUT", "own_questions.accept", 401, 403, 200, {"answer_id": None}),
    Row("PATCH", "own_answers.change_answer", 401, 200, 403, {"body": "So."}),
    Row("DELETE", "own_answers.delete_answer", 401, 204, 403),
    Row("PUT", "own_answers.vote_on_answer", 401, 200, 200, {"value": 1}),
    Row("POST", "auth_api.register", 422, 422, 422, {}),
    Row("POST", "auth_api.log_in", 422, 422, 422, {}),
    Row("POST", "auth_api.refresh", 422, 422, 422, {}),
    Row("POST", "auth_api.log_out", 401, 204, 204),
    Row("POST", "auth_api.log_out_everywhere", 401, 204, 204),
    Row("POST", "auth_api.change_password", 401, 422, 422, {}),
    Row("GET", "auth_api.me", 401, 200, 200),
    Row("GET", "auth_api.list_sessions", 401, 200, 200),
    Row("DELETE", "auth_api.end_session", 401, 404, 404),
]


@pytest.fixture
def ask(app: Flask, question_id: int, answer_id: int) -> Callable[[FlaskClient, Row], TestResponse]:
    """Send the request of a row."""
    arguments = {
        "question_id": question_id,
        "answer_id": answer_id,
        "session_id": "nobodys",
    }
    urls = app.url_map.bind("localhost")

    def send(client: FlaskClient, row: Row) -> TestResponse:
        address = urls.build(row.endpoint, arguments, method=row.method)
        return client.open(address.partition("?")[0], method=row.method, json=row.body)

    return send


def test_every_route_has_a_row(app: Flask) -> None:
    routes = {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.endswith("static")
        for method in (rule.methods or set()) - SAFE
    }
    routes -= pages_with_forms(app)  # [template] if forms

    assert {(row.method, row.endpoint) for row in TABLE} == routes


@pytest.mark.slow
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.endpoint}")
def test_each_may_do_what_the_table_says(
    app: Flask, ask: Callable[[FlaskClient, Row], TestResponse], row: Row
) -> None:
    """I01, I02, I04, I12."""
    who = [app.test_client(), client_of_member(app, "Bob"), client_of_member(app)]
    # Last who may do most, because then it is done.
    order = sorted(range(3), key=lambda index: row[2:5][index] < 300)

    statuses = {index: ask(who[index], row).status_code for index in order}

    assert [statuses[index] for index in range(3)] == list(row[2:5])
