"""The page with the documentation of the JSON API."""

import json
import re
import shlex
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.web.docs import curl_command
from service.web.openapi_document import Node, operations


@pytest.fixture
def documented(client: FlaskClient) -> dict[str, Node]:
    """Return the operations of the OpenAPI document by method and path."""
    return operations(client.get("/api/v1/openapi.json").get_json())


@pytest.fixture
def sections(client: FlaskClient) -> dict[str, str]:
    """Return the text of the section of each operation, by the id of the operation."""
    parts = client.get("/api/v1/docs").text.split('<section class="operation" id="')[1:]
    texts = (re.sub(r"<[^>]+>", " ", part.partition(">")[2]) for part in parts)
    names = (part.partition('"')[0] for part in parts)
    return {name: " ".join(unescape(text).split()) for name, text in zip(names, texts, strict=True)}


def test_every_operation_has_a_section(
    documented: dict[str, Node], sections: dict[str, str]
) -> None:
    for name, operation in documented.items():
        assert sections[operation["operationId"]].startswith(name)


def test_fields_are_shown_with_their_limits(sections: dict[str, str]) -> None:
    text = sections["create_question"]

    assert "title string required · 3 to 200 characters" in text
    assert "Idempotency-Key (header) string · 1 to 255 characters" in text
    assert "422 Unprocessable Entity · Problem" in text


def test_fields_of_items_are_shown(sections: dict[str, str]) -> None:
    assert "items array required id integer required" in sections["list_questions"]
    assert "sort (query) string · one of: relevance newest" in sections["list_questions"]


def test_errors_are_shown_with_their_fields(sections: dict[str, str]) -> None:
    assert "errors array pointer string" in sections["Problem"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("GET /api/v1/questions", ["curl", "http://localhost/api/v1/questions"]),
        (
            "GET /api/v1/questions/{question_id}/answers/{answer_id}",
            ["curl", "http://localhost/api/v1/questions/1/answers/1"],
        ),
    ],
)
def test_command_reads_an_example(
    app: Flask, documented: dict[str, Node], name: str, arguments: list[str]
) -> None:
    with app.test_request_context():
        command = curl_command(name, documented[name])

    assert shlex.split(command) == arguments


def test_command_sends_an_example_that_is_accepted(
    app: Flask, documented: dict[str, Node], writer: FlaskClient
) -> None:
    name = "POST /api/v1/questions"
    with app.test_request_context():
        arguments = shlex.split(curl_command(name, documented[name]))

    body = json.loads(arguments[arguments.index("--data") + 1])
    assert arguments[:4] == ["curl", "--request", "POST", "http://localhost/api/v1/questions"]
    assert writer.post("/api/v1/questions", json=body).status_code == 201
