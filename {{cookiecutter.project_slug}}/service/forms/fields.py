"""The fields of a form as HTML."""

from uuid import uuid4

from flask import Flask, current_app, render_template
from flask_babel import get_locale
from flask_wtf import FlaskForm
from markupsafe import Markup


def init_app(app: Flask) -> None:
    """Give the templates what they need to show a form."""
    app.extensions["empty_fields"] = {}
    app.jinja_env.globals.update(
        fields=fields, empty_fields=empty_fields, new_submission=new_submission
    )


def new_submission() -> str:
    """Return the name of one sending of a form: what is sent twice makes one post."""
    return uuid4().hex


def fields(form: FlaskForm) -> Markup:
    """Return the visible fields with what was typed, and with what is wrong beside each."""
    return Markup(render_template("fields.html", form=form))  # noqa: S704  # A template's output.


def empty_fields(form: type[FlaskForm]) -> Markup:
    """Return the visible fields of a form that nobody has typed into yet.

    They are the same for every reader of a language. Rendering them is most of the work of a
    page with a form, and so it is done once.
    """
    rendered: dict[tuple[str, str], Markup] = current_app.extensions["empty_fields"]
    key = (form.__name__, str(get_locale()))
    if key not in rendered:
        rendered[key] = fields(form(formdata=None))
    return rendered[key]
