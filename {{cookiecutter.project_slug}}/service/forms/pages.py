"""The pages with forms."""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from service.accounts.access import acting_member, needs_member  # [template] if auth
from service.board import posts
from service.board.pages import question_page
from service.board.rules import ANSWERING, ASKING
from service.core.rates import limited
from service.forms.kept_pages import kept_page
from service.forms.posts import AnswerForm, AskForm, name_anew, new_submission

bp = Blueprint("forms", __name__, url_prefix="/main", template_folder="templates")


@bp.get("/question")
@needs_member  # [template] if auth
def question() -> str:
    """Show the form of a question."""
    return kept_page(
        "question.html",
        csrf_token=generate_csrf,
        new_submission=new_submission,
        member_name=lambda: acting_member().name,  # [template] if auth
    )


@bp.post("/question")
@needs_member  # [template] if auth
@limited(ASKING)
def ask() -> ResponseReturnValue:
    """Keep a question, and go to its page."""
    form = AskForm()
    if not form.validate():
        return render_template("question.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        kept = posts.ask(
            form.title.data,
            form.body.data,
            form.submission.data,
            acting_member(),  # [template] if auth
        )
    except posts.SubmissionUsedError:
        name_anew(form)
        return render_template("question.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    address = url_for("main.read_question", question_id=kept.id)
    return redirect(address, HTTPStatus.SEE_OTHER)


@bp.post("/question/<id:question_id>/answer")
@needs_member  # [template] if auth
@limited(ANSWERING)
def answer(question_id: int) -> ResponseReturnValue:
    """Keep an answer, and go back to its question."""
    found = posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    form = AnswerForm()
    if not form.validate():
        return question_page(found, answer_form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        posts.answer(
            question_id,
            form.body.data,
            form.submission.data,
            acting_member(),  # [template] if auth
        )
    except posts.SubmissionUsedError:
        name_anew(form)
        return question_page(found, answer_form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    address = url_for("main.read_question", question_id=question_id)
    return redirect(address, HTTPStatus.SEE_OTHER)
