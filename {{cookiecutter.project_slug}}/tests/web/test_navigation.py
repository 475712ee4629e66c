"""The navigation bar, and the slots of templates."""

from collections.abc import Callable

from flask import Flask, render_template_string

from service.web.navigation import fill_slot
from tests.page import Page

MakeApp = Callable[..., Flask]


def test_current_page_is_marked(app: Flask) -> None:
    page = Page(app.test_client().get("/api/v1/docs").text)

    [current] = [link for link in page.all("a") if link.get("aria-current") == "page"]
    assert current["href"] == "/api/v1/docs"


def test_page_includes_the_templates_of_a_slot(make_app: MakeApp) -> None:
    app = make_app()
    fill_slot(app, "page_end", "search_form.html")

    with app.test_request_context("/"):
        html = render_template_string(
            "{% for template in slots.page_end %}{% include template %}{% endfor %}", search="cats"
        )

    assert Page(html).fields == {"q": "cats"}


def test_empty_slot_shows_nothing(app: Flask) -> None:
    with app.test_request_context("/"):
        html = render_template_string("{% for template in slots.unused %}x{% endfor %}")

    assert html == ""
