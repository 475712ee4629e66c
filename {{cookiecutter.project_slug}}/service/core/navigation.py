"""The links at the top of every page; each package adds its own when it starts."""

from dataclasses import dataclass

from flask import Flask
from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Link:
    """A link to an endpoint, with the words that people read."""

    endpoint: str
    label: LazyString


def init_app(app: Flask) -> None:
    """Give every template the list of links, in the order in which they were added."""
    app.extensions["navigation"] = []
    app.jinja_env.globals["navigation"] = app.extensions["navigation"]


def add_link(app: Flask, endpoint: str, label: LazyString) -> None:
    """Add a link behind those that are there."""
    app.extensions["navigation"].append(Link(endpoint, label))
