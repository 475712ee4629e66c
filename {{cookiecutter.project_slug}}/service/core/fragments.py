"""Parts of a page that are the same for every reader of a language: rendered once, and kept."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from flask import Flask, current_app, render_template, request
from markupsafe import Markup

from service.core.languages import language


def init_app(app: Flask) -> None:
    """Give the templates `fragment`."""
    app.extensions["fragments"] = {}
    app.jinja_env.globals["fragment"] = fragment


def fragment(template: str, **context: Hashable) -> Markup:
    """Return the template as it is for this language, endpoint and context.

    It may depend on nothing else: not on who reads, nor on what the address says besides. While
    debugging, nothing is kept, so that a changed template shows.
    """
    kept: dict[Hashable, Markup] = current_app.extensions["fragments"]
    key = (template, request.endpoint, request.script_root, language(), *context.values())
    if key not in kept or current_app.debug:
        kept[key] = Markup(render_template(template, **context))  # noqa: S704  # A template's output.
    return kept[key]


@dataclass(frozen=True)
class Place:
    """Stands in a kept page for what differs each time the page is shown."""

    name: str

    def __call__(self) -> str:
        """Return what the page holds instead."""
        return f"place-of-{self.name}"


def kept_page(template: str, **differing: Callable[[], str]) -> str:
    """Return a page that is kept but for what these functions return, which its template calls.

    What people wrote comes last, so that no place is looked for in it.
    """
    places = {name: Place(name) for name in differing}
    page = fragment(template, **places)
    for name, text in differing.items():
        page = page.replace(places[name](), text())
    return page
