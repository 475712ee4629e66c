"""The permissions of visitors and members on each route.

`TABLE` has a row for each route and method; a test fails if a row is missing.
"""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.accounts.people import logged_in_client
from tests.members.permissions import listed_page_endpoints  # [template] if forms

SAFE_METHODS = {"HEAD", "OPTIONS"}
QUESTION: dict[str, object] = {"title": "How do I end?", "body": "I have started everything."}


class Row(NamedTuple):
    """A request, and its status for a visitor, for Bob, who answered, and for Ann, who asked."""

    method: str
    endpoint: str
    visitor: int
    bob: int
    ann: int
    body: dict[str, object] | None = None


def readable_by_all(*endpoints: str) -> list[Row]:
    """Return a row for each endpoint that everyone may read."""
    return [Row("GET", endpoint, 200, 200, 200) for endpoint in endpoints]


TABLE = [
    *readable_by_all("main.index", "main.read_question", "docs.show_docs", "api-docs.openapi_json"),
    *readable_by_all("profiles.show_profile"),
    *readable_by_all("questions.list_questions", "questions.read_question"),
    *readable_by_all("questions.list_answers", "questions.read_answer", "health.healthz"),
    Row("GET", "health.readyz", 503, 503, 503),
    Row("POST", "questions.create_question", 401, 201, 201, QUESTION),
    Row("POST", "questions.create_answer", 401, 201, 201, {"body": "So."}),
    Row("PATCH", "community.update_question", 401, 403, 200, QUESTION),
    Row("DELETE", "community.delete_question", 401, 403, 204),
    Row("PUT", "community.vote_on_question", 401, 200, 200, {"value": 1}),
    Row("PUT", "community.accept_answer", 401, 403, 200, {"answer_id": None}),
    Row("PATCH", "community.update_answer", 401, 200, 403, {"body": "So."}),
    Row("DELETE", "community.delete_answer", 401, 204, 403),
    Row("PUT", "community.vote_on_answer", 401, 200, 200, {"value": 1}),
    Row("POST", "auth_api.register", 422, 422, 422, {}),
    Row("POST", "auth_api.login", 422, 422, 422, {}),
    Row("POST", "auth_api.refresh", 422, 422, 422, {}),
    Row("POST", "auth_api.logout", 401, 204, 204),
    Row("POST", "auth_api.logout_all", 401, 204, 204),
    Row("POST", "auth_api.change_password", 401, 422, 422, {}),
    Row("POST", "auth_api.forgot_password", 422, 422, 422, {}),
    Row("POST", "auth_api.reset_password", 422, 422, 422, {}),
    Row("POST", "auth_api.change_email", 401, 422, 422, {}),
    Row("POST", "auth_api.resend_confirmation", 401, 202, 202),
    Row("POST", "auth_api.confirm_email", 422, 422, 422, {}),
    Row("GET", "auth_api.me", 401, 200, 200),
    Row("PATCH", "auth_api.change_me", 401, 200, 200, {}),
    Row("POST", "auth_api.delete_me", 401, 422, 422, {}),
    Row("POST", "auth_api.request_data_export", 401, 202, 202),
    Row("GET", "auth_api.download_data_export", 401, 404, 404),
    Row("GET", "auth_api.list_sessions", 401, 200, 200),
    Row("DELETE", "auth_api.end_session", 401, 404, 404),
]


@pytest.fixture
def send(
    app: Flask, question_id: int, answer_id: int, member_id: int
) -> Callable[[FlaskClient, Row], TestResponse]:
    """Return a function that sends the request of a row."""
    arguments = {
        "question_id": question_id,
        "answer_id": answer_id,
        "member_id": member_id,
        "session_id": "unknown",
    }
    urls = app.url_map.bind("localhost")

    def send(client: FlaskClient, row: Row) -> TestResponse:
        url = urls.build(row.endpoint, arguments, method=row.method)
        return client.open(url.partition("?")[0], method=row.method, json=row.body)

    return send


def test_every_route_has_a_row(app: Flask) -> None:
    routes = {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.endswith("static")
        for method in (rule.methods or set()) - SAFE_METHODS
    }
    routes -= listed_page_endpoints(app)  # [template] if forms

    assert {(row.method, row.endpoint) for row in TABLE} == routes


@pytest.mark.slow
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.endpoint}")
def test_routes_respond_with_the_status_in_the_table(
    app: Flask, send: Callable[[FlaskClient, Row], TestResponse], row: Row
) -> None:
    clients = [app.test_client(), logged_in_client(app, "Bob"), logged_in_client(app)]
    # Clients without permission come first, because a successful request may delete the post.
    order = sorted(range(3), key=lambda index: row[2:5][index] < 300)

    statuses = {index: send(clients[index], row).status_code for index in order}

    assert [statuses[index] for index in range(3)] == list(row[2:5])
