"""Asking and answering in the browser, with forms that only our own pages can send."""

from flask import Flask, Response
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError

from service.core.api import APIBlueprint
from service.core.errors import answer, saying
from service.core.navigation import add_link
from service.forms import sessions
from service.forms.csrf import csrf
from service.forms.pages import bp
from service.forms.posts import AnswerForm, AskForm, new_submission
from service.forms.unsent import unsent_fields


def init_app(app: Flask) -> None:
    """Add the forms. Whatever changes something needs the token, except the JSON API."""
    app.config.from_mapping(
        # A page may stay open as long as its session: the token is bound to that.
        WTF_CSRF_TIME_LIMIT=None,
        # Our fields say what is wrong themselves; the library would read its catalogue each time.
        WTF_I18N_ENABLED=False,
    )
    sessions.init_app(app)
    csrf.init_app(app)
    for blueprint in app.blueprints.values():
        # The API never reads a cookie, and so no other site can act for its users.
        if isinstance(blueprint, APIBlueprint):
            csrf.exempt(blueprint)
    app.register_error_handler(CSRFError, answer_old_page)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        AskForm=AskForm,
        AnswerForm=AnswerForm,
        new_submission=new_submission,
        unsent_fields=unsent_fields,
    )
    add_link(app, "forms.question", _l("Ask a question"))


def answer_old_page(error: CSRFError) -> Response:
    """Return 400 with the usual reason of a token that is missing or of another session."""
    sentence = _l(
        "This page was too old to be sent. "
        "If that happens again, let your browser keep our cookies."
    )
    return answer(saying(error, sentence))
