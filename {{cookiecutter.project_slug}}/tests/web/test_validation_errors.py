"""The errors that a response lists for the fields of a request."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, fields
from webargs.flaskparser import use_args

from service.web.validation_errors import field_errors


class Tag(Schema):
    """A tag of a post."""

    name = fields.String(required=True)


class PostBody(Schema):
    """A body with a list of integers and a list of objects."""

    words = fields.List(fields.Integer())
    tags = fields.Nested(Tag, many=True)


@pytest.fixture(scope="module")
def nested_client(make_app: Callable[..., Flask]) -> FlaskClient:
    """Return a client of an application with an endpoint for `PostBody`."""
    app = make_app()

    @app.get("/api/v1/nested")
    @use_args(PostBody())
    def read_nested(_body: dict[str, Any]) -> str:
        return ""

    return app.test_client()


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        pytest.param({"words": [1, "x", "y"]}, ["/words/1", "/words/2"], id="items of a list"),
        pytest.param({"tags": [{"name": "a"}, {}]}, ["/tags/1/name"], id="field of an object"),
        pytest.param({"words": 1}, ["/words"], id="field"),
        pytest.param({"a/b~c": 1}, ["/a~1b~0c"], id="escaped name"),
        pytest.param([], [""], id="whole body"),
    ],
)
def test_each_error_of_a_field_has_a_json_pointer_and_a_detail(
    nested_client: FlaskClient, body: object, pointers: list[str]
) -> None:
    errors = nested_client.get("/api/v1/nested", json=body).get_json()["errors"]

    assert [error["pointer"] for error in errors] == pointers
    assert all(error["detail"].endswith(".") for error in errors)


def test_error_of_a_parameter_has_its_name() -> None:
    messages = {"query": {"limit": ["Too large."], "_schema": ["Invalid."]}}

    assert list(field_errors(messages)) == [
        {"parameter": "limit", "detail": "Too large."},
        {"parameter": "", "detail": "Invalid."},
    ]
