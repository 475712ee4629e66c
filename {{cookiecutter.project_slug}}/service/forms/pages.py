"""The pages with forms: asking and answering."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from service.accounts.principal import confirmation_required, current_member  # [template] if auth
from service.board import posts
from service.board.markdown import render_markdown
from service.board.pages import QUESTION_PAGE_QUERY, answer_url, question_context
from service.board.rules import ANSWER_RATE_LIMIT, ASK_RATE_LIMIT, BODY
from service.forms.post_forms import AnswerForm, QuestionForm
from service.forms.rules import PREVIEW_RATE_LIMIT
from service.operations.logs import record_invalid_fields
from service.web.rate_limits import rate_limited
from service.web.redirects import see_other

# The category of messages after which the browser removes the draft.
SAVED = "saved"

bp = Blueprint("forms", __name__, url_prefix="/main", template_folder="templates")


@bp.route("/question", methods=["GET", "POST"])
@confirmation_required  # [template] if auth
@rate_limited(ASK_RATE_LIMIT)
def question() -> ResponseReturnValue:
    """Show the form for a question. If it is submitted and valid, create the question instead."""
    form = QuestionForm()
    if form.validate_on_submit():
        columns = form.values()
        columns["author_id"] = current_member().id  # [template] if auth
        try:
            new_question = posts.create_question(columns, form.idempotency_key.data)
        except posts.IdempotencyKeyReusedError:
            form.renew_idempotency_key()
        else:
            flash(gettext("Your question has been posted."), SAVED)
            return see_other(url_for("main.read_question", question_id=new_question.id))
    return render_form("question.html", form)


@bp.post("/question/<id:question_id>/answer")
@confirmation_required  # [template] if auth
@rate_limited(ANSWER_RATE_LIMIT)
def create_answer(question_id: int) -> ResponseReturnValue:
    """Create an answer and redirect to its question, or show the invalid form again."""
    form = AnswerForm()
    if form.validate_on_submit():
        columns = {**form.values(), "question_id": question_id}
        columns["author_id"] = current_member().id  # [template] if auth
        try:
            answer = posts.create_answer(columns, form.idempotency_key.data)
        except posts.IdempotencyKeyReusedError:
            form.renew_idempotency_key()
        else:
            if not answer:
                # The question has just been deleted. The error page shows the text again.
                abort(HTTPStatus.NOT_FOUND)
            flash(gettext("Your answer has been posted."), SAVED)
            return see_other(answer_url(question_id, answer.id, page_args()["sort"]))
    question = posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    return render_form(
        "read_question.html", form, **question_context(question, QUESTION_PAGE_QUERY.load({}))
    )


@bp.post("/preview")
@rate_limited(PREVIEW_RATE_LIMIT)
def preview() -> str:
    """Return the HTML of a body for `preview.js`, or an empty string if the body is invalid."""
    text = BODY.clean(request.form.get("body", ""))
    return "" if BODY.error_message(text) else render_markdown(text)


def page_args() -> dict[str, Any]:
    """Return the query string of a question's page, by which its forms lead back to the page."""
    return {name: request.args.get(name) for name in ("sort", "after", "before", "answer")}


def render_form(template: str, form: FlaskForm, **context: object) -> ResponseReturnValue:
    """Render a page with a form, with status 422 if the form was submitted: it is invalid then.

    A preview has status 200.
    """
    page = render_template(template, form=form, **context)
    if not form.is_submitted():
        return page
    record_invalid_fields(form.errors)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY
