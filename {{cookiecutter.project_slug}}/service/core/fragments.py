"""Parts of a page that are the same for every reader of a language: rendered once, and kept."""

from collections.abc import Hashable

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
