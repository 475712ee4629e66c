"""Values sent to every route are not logged, and error responses do not contain secrets."""

import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.operations import logs
from tests.conftest import MakeWriter

pytestmark = pytest.mark.slow

CREDENTIALS = {
    "Authorization": "Bearer canary-of-a-header",
    "Cookie": "session=canary-of-a-cookie; access=canary-of-a-cookie",
}
HEADERS = {"Idempotency-Key": "canary-of-a-sending", "User-Agent": "canary-of-a-browser"}
QUERY = {"q": "canary-of-a-search", "token": "canary-of-an-address", "sort": "canary-of-a-list"}
FIELDS = {
    "email": "canary@example.com",
    "name": "canary-of-a-name",
    "title": "canary-of-a-title",
    "body": "canary-of-a-body",
    "value": "canary-of-a-number",
    "password": "canary-of-a-password",
    "current_password": "canary-of-an-old-password",
    "new_password": "canary-of-a-new-password",
    "token": "canary-of-a-token",
    "canary-of-a-field": "x",
}
SECRET_PATTERN = re.compile("canary-of-(a-header|a-cookie|(a|an-old|a-new)-password)")
BODIES = [pytest.param({"json": FIELDS}, id="JSON"), pytest.param({"data": FIELDS}, id="form")]


@pytest.fixture
def log_text() -> Iterator[StringIO]:
    """Yield the log of the test, at level DEBUG."""
    text = StringIO()
    with redirect_stderr(text):
        logs.configure("json", "DEBUG")
    yield text
    logs.configure("json", "INFO")


def send_to_every_route(client: FlaskClient, **request: Any) -> list[tuple[int, str]]:
    """Send a request to every route with each of its methods. Return pairs of status and body."""
    responses = []
    for rule in client.application.url_map.iter_rules():
        path = re.sub("<.+?>", "1", rule.rule)
        for method in sorted(rule.methods or set()):
            with client.open(path, method=method, query_string=QUERY, **request) as response:
                responses.append((response.status_code, response.get_data(as_text=True)))
    return responses


@pytest.mark.parametrize("body", BODIES)
def test_input_of_an_anonymous_client_is_not_logged(
    client: FlaskClient, log_text: StringIO, body: dict[str, Any]
) -> None:
    responses = send_to_every_route(client, headers={**HEADERS, **CREDENTIALS}, **body)

    lines = log_text.getvalue().splitlines()
    assert responses
    assert sum('"event": "request"' in line for line in lines) == len(responses)
    assert [line for line in lines if "canary" in line] == []


@pytest.mark.parametrize("body", BODIES)
def test_input_of_a_writer_is_not_logged(
    app: Flask, make_writer: MakeWriter, log_text: StringIO, body: dict[str, Any]
) -> None:
    writer = make_writer(app)
    token = writer.environ_base["HTTP_AUTHORIZATION"].split()[1]  # [template] if auth

    send_to_every_route(writer, headers=HEADERS, **body)

    lines = log_text.getvalue().splitlines()
    assert [line for line in lines if "canary" in line] == []
    assert [line for line in lines if token in line] == []  # [template] if auth


@pytest.mark.parametrize("body", BODIES)
def test_error_responses_contain_no_secrets(client: FlaskClient, body: dict[str, Any]) -> None:
    responses = send_to_every_route(client, headers={**HEADERS, **CREDENTIALS}, **body)

    errors = [text for status, text in responses if status >= 400]
    assert errors
    assert [text for text in errors if SECRET_PATTERN.search(text)] == []
