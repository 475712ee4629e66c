"""Pages that are kept but for what differs for each reader."""

from collections.abc import Callable

import pytest
from flask import Flask
from jinja2 import DictLoader

from service.forms.kept_pages import kept_page

TEMPLATE = "{{ times.append(1) or times | length }} {{ greeting() }} {{ name() }}"


@pytest.fixture
def counted(make_app: Callable[..., Flask]) -> Flask:
    """Make an application with a template that shows how often it was rendered."""
    app = make_app()
    app.jinja_loader = DictLoader({"page.html": TEMPLATE})
    app.jinja_env.globals["times"] = []
    return app


def shown(name: str) -> str:
    """Return the page for a reader of this name."""
    return kept_page("page.html", greeting=lambda: "Hello", name=lambda: name)


def test_a_page_is_rendered_once_for_all_readers(counted: Flask) -> None:
    with counted.test_request_context("/"):
        assert [shown("Ann"), shown("Bea")] == ["1 Hello Ann", "1 Hello Bea"]


def test_what_differs_is_harmless(counted: Flask) -> None:
    """E02."""
    with counted.test_request_context("/"):
        assert shown("<b>") == "1 Hello &lt;b&gt;"


def test_nothing_is_filled_into_what_people_wrote(counted: Flask) -> None:
    with counted.test_request_context("/"):
        assert shown("place-of-greeting") == "1 Hello place-of-greeting"
