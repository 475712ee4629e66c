"""Links in the navigation bar, and slots: how a package extends the pages of lower layers."""

from collections import defaultdict

from flask import Flask


def init_app(app: Flask) -> None:
    """Set two globals for all templates: the links, `navigation`, and the templates in `slots`."""
    app.extensions.update(navigation=[], slots=defaultdict(list))
    for name in ("navigation", "slots"):
        app.jinja_env.globals[name] = app.extensions[name]


def add_link(app: Flask, endpoint: str, label: str) -> None:
    """Add a link to the end of the navigation bar. The template translates the label."""
    app.extensions["navigation"].append((endpoint, label))


def fill_slot(app: Flask, slot: str, template: str, *, fallback: bool = False) -> None:
    """Add a template to a slot of a page that a lower layer renders.

    The page includes the templates of each slot in the order in which they were added, with the
    context of the page. A `fallback` is added only if the slot is still empty.
    """
    templates: list[str] = app.extensions["slots"][slot]
    if not (fallback and templates):
        templates.append(template)
