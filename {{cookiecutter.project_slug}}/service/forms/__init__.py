"""Asking and answering in the browser, with CSRF protection for all forms."""

from flask import Flask

from service.board.rules import BODY
from service.forms import cookie_session, csrf
from service.forms.pages import bp, page_args
from service.forms.post_forms import AnswerForm
from service.forms.unsaved import keep_unsaved_text, unsaved_fields
from service.web.languages import N_
from service.web.navigation import add_link, fill_slot


def init_app(app: Flask) -> None:
    """Register the forms, and require a CSRF token for requests that change data."""
    # The messages of this project replace those of WTForms.
    app.config["WTF_I18N_ENABLED"] = False
    cookie_session.init_app(app)
    csrf.init_app(app)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        AnswerForm=AnswerForm,
        MAX_BODY_LENGTH=BODY.maximum,
        page_args=page_args,
        unsaved_fields=unsaved_fields,
    )
    add_link(app, "forms.question", N_("Ask a question"))
    fill_slot(app, "messages", "messages.html")
    fill_slot(app, "list_actions", "ask_button.html")
    fill_slot(app, "after_answers", "answer_form.html", fallback=True)
    fill_slot(app, "error_actions", "unsaved.html")
    keep_unsaved_text(app, "forms.question", "forms.create_answer")
