"""Parts of a page that are rendered once."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import DictLoader

from service.core.fragments import fragment


@pytest.fixture
def counted(make_app: Callable[..., Flask]) -> Flask:
    """Make an application with a template that shows how often it was rendered."""
    app = make_app()
    app.jinja_loader = DictLoader(
        {"part.html": "{{ times.append(1) or times | length }}{{ word }}"}
    )
    app.jinja_env.globals["times"] = []
    return app


def test_a_fragment_is_rendered_once(counted: Flask) -> None:
    with counted.test_request_context("/"):
        assert [fragment("part.html"), fragment("part.html")] == ["1", "1"]


def test_each_language_has_its_own(counted: Flask) -> None:
    with counted.test_request_context("/", headers={"Accept-Language": "en"}):
        fragment("part.html")
    with counted.test_request_context("/", headers={"Accept-Language": "ko"}):
        assert fragment("part.html") == "2"


def test_each_context_has_its_own(counted: Flask) -> None:
    with counted.test_request_context("/"):
        assert [fragment("part.html", word="a"), fragment("part.html", word="b")] == ["1a", "2b"]


def test_nothing_is_kept_while_debugging(counted: Flask) -> None:
    counted.debug = True

    with counted.test_request_context("/"):
        assert [fragment("part.html"), fragment("part.html")] == ["1", "2"]


def test_what_an_address_says_is_not_kept(client: FlaskClient) -> None:
    client.get("/api/v1/docs?q=treasure")

    assert "treasure" not in client.get("/api/v1/docs").text


def test_no_page_keeps_what_another_reader_searched_for(client: FlaskClient) -> None:
    client.get("/?q=treasure")

    assert "treasure" not in client.get("/").text
