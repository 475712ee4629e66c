"""Secrets go through every route, like canaries into a mine: none comes out in log or errors."""

import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.core import logs
from tests.conftest import MakeWriter

pytestmark = pytest.mark.slow

OF_A_STRANGER = {
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
SECRETS = re.compile("canary-of-(a-header|a-cookie|(a|an-old|a-new)-password)")
BODIES = [pytest.param({"json": FIELDS}, id="JSON"), pytest.param({"data": FIELDS}, id="form")]


@pytest.fixture
def heard() -> Iterator[StringIO]:
    """Catch whatever is logged, in all detail."""
    text = StringIO()
    with redirect_stderr(text):
        logs.configure("json", "DEBUG")
    yield text
    logs.configure("json", "INFO")


def send_everywhere(client: FlaskClient, **request: Any) -> list[tuple[int, str]]:
    """Send a request to every address, by every method; return each status and text."""
    answers = []
    for rule in client.application.url_map.iter_rules():
        path = re.sub("<.+?>", "1", rule.rule)
        for method in sorted(rule.methods or set()):
            with client.open(path, method=method, query_string=QUERY, **request) as answer:
                answers.append((answer.status_code, answer.get_data(as_text=True)))
    return answers


@pytest.mark.parametrize("body", BODIES)
def test_nothing_that_a_stranger_sends_is_logged(
    client: FlaskClient, heard: StringIO, body: dict[str, Any]
) -> None:
    """R7.09."""
    answers = send_everywhere(client, headers={**HEADERS, **OF_A_STRANGER}, **body)

    lines = heard.getvalue().splitlines()
    assert answers
    assert sum('"event": "request"' in line for line in lines) == len(answers)
    assert [line for line in lines if "canary" in line] == []


@pytest.mark.parametrize("body", BODIES)
def test_nothing_that_somebody_known_sends_is_logged(
    app: Flask, make_writer: MakeWriter, heard: StringIO, body: dict[str, Any]
) -> None:
    """R7.09, B22."""
    writer = make_writer(app)
    token = writer.environ_base.get("HTTP_AUTHORIZATION", "Bearer canary").split()[1]

    send_everywhere(writer, headers=HEADERS, **body)

    lines = heard.getvalue().splitlines()
    assert [line for line in lines if "canary" in line or token in line] == []


@pytest.mark.parametrize("body", BODIES)
def test_an_error_repeats_no_secret(client: FlaskClient, body: dict[str, Any]) -> None:
    """R6.01, B22."""
    answers = send_everywhere(client, headers={**HEADERS, **OF_A_STRANGER}, **body)

    errors = [text for status, text in answers if status >= 400]
    assert errors
    assert [text for text in errors if SECRETS.search(text)] == []
