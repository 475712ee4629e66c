"""Editing, deleting, voting and accepting in the browser.

Questions and answers share their views: for a question, `answer_id` is `None`.
"""

from http import HTTPStatus

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug import Response

from service.accounts.principal import (
    authorize,
    confirmation_required,
    current_member,
    login_required,
)
from service.board.models import Answer, Question
from service.board.pages import answer_url
from service.board.posts import find_answer, find_question
from service.community import changes, policy, votes
from service.community.changes import lock_answer, lock_question
from service.community.rules import CHANGE_RATE_LIMIT, VOTE_RATE_LIMIT
from service.forms.pages import SAVED, page_args, render_form
from service.members.edit_forms import EditAnswerForm, EditQuestionForm
from service.members.resubmissions import create_post_token, has_post_token
from service.operations.logs import record_invalid_fields
from service.web.rate_limits import rate_limited
from service.web.redirects import see_other

QUESTION_RULE = "/question/<id:question_id>"
ANSWER_RULE = f"{QUESTION_RULE}/answer/<id:answer_id>"

bp = Blueprint("member_posts", __name__, url_prefix="/main")


@bp.route(f"{QUESTION_RULE}/edit", methods=["GET", "POST"])
@bp.route(f"{ANSWER_RULE}/edit", methods=["GET", "POST"])
@confirmation_required
@rate_limited(CHANGE_RATE_LIMIT)
def edit(question_id: int, answer_id: int | None = None) -> ResponseReturnValue:
    """Show the form for editing a post, or save the submitted changes."""
    get_post = lock_post if request.method == "POST" else find_post
    post = get_post(question_id, answer_id)
    authorize(policy.can_edit(current_member(), post))
    form = EditAnswerForm(obj=post) if answer_id else EditQuestionForm(obj=post)
    if request.method == "GET":
        form.version.data = form.version_of(post)
    elif form.validate_on_submit() and form.check_version(post):
        changes.update_post(post, form.values())
        flash(gettext("Your changes have been saved."), SAVED)
        return redirect_to_post(question_id, answer_id)
    url = post_url(question_id, answer_id)
    return render_form("edit_post.html", form, post=post, post_url=url)


@bp.get(f"{QUESTION_RULE}/delete")
@bp.get(f"{ANSWER_RULE}/delete")
@login_required
def confirm_deletion(question_id: int, answer_id: int | None = None) -> str:
    """Ask for confirmation, and show what would be deleted."""
    post = find_post(question_id, answer_id)
    authorize(policy.can_delete(current_member(), post))
    return render_template(
        "delete_post.html",
        question=find_question(question_id),
        post=post,
        post_token=create_post_token(question_id, answer_id),
        post_url=post_url(question_id, answer_id),
    )


@bp.post(f"{QUESTION_RULE}/delete")
@bp.post(f"{ANSWER_RULE}/delete")
@login_required
@rate_limited(CHANGE_RATE_LIMIT)
def delete(question_id: int, answer_id: int | None = None) -> Response:
    """Delete an answer, or a question with its answers.

    If the post has been deleted since the form was shown, the response is the same: a form that is
    submitted twice has nothing left to do.
    """
    # The question is locked before the answer, as when an answer is created: requests that lock in
    # different orders can deadlock.
    question = lock_question(question_id)
    post = lock_answer(question_id, answer_id) if answer_id else question
    if question and post:
        authorize(policy.can_delete(current_member(), post))
        if isinstance(post, Answer):
            changes.delete_answer(question, post)
        else:
            changes.delete_question(post)
    elif not has_post_token(question_id, answer_id):
        abort(HTTPStatus.NOT_FOUND)
    return redirect_after_deletion(question_id, answer_id)


def redirect_after_deletion(question_id: int, answer_id: int | None) -> Response:
    """Return a redirect to the question of a deleted answer, or to the list of questions."""
    if not answer_id:
        flash(gettext("The question has been deleted."))
        return see_other(url_for("main.index"))
    flash(gettext("The answer has been deleted."))
    # The question may have been deleted as well.
    return (
        redirect_to_post(question_id)
        if find_question(question_id)
        else see_other(url_for("main.index"))
    )


@bp.post(f"{QUESTION_RULE}/vote")
@bp.post(f"{ANSWER_RULE}/vote")
@confirmation_required
@rate_limited(VOTE_RATE_LIMIT)
def vote(question_id: int, answer_id: int | None = None) -> Response:
    """Vote on a post; the value 0 removes the vote."""
    value = request.form.get("value", type=int)
    if value not in {votes.UP, votes.NO_VOTE, votes.DOWN}:
        record_invalid_fields(["value"])
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    post = lock_answer(question_id, answer_id) if answer_id else lock_question(question_id)
    votes.cast_vote(current_member().id, post or abort(HTTPStatus.NOT_FOUND), value)
    return redirect_to_post(question_id, answer_id)


@bp.post(f"{QUESTION_RULE}/accept/<id:answer_id>")
@confirmation_required
@rate_limited(CHANGE_RATE_LIMIT)
def accept(question_id: int, answer_id: int) -> Response:
    """Accept an answer; the value 0 unaccepts it."""
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    authorize(policy.can_accept(current_member(), question))
    answer = find_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    if request.form.get("value") != "0":
        votes.accept_answer(question, answer)
        flash(gettext("The answer has been accepted."))
    else:
        # If another answer was accepted in the meantime, that answer stays accepted.
        if question.accepted_answer_id == answer_id:
            votes.accept_answer(question, None)
        flash(gettext("The answer is no longer accepted."))
    return redirect_to_post(question_id, answer_id)


def find_post(question_id: int, answer_id: int | None) -> Question | Answer:
    """Return the question or its answer; raise 404 if it does not exist."""
    post = find_answer(question_id, answer_id) if answer_id else find_question(question_id)
    return post or abort(HTTPStatus.NOT_FOUND)


def lock_post(question_id: int, answer_id: int | None) -> Question | Answer:
    """Return the question or its answer, locked for a change; raise 404 if it does not exist."""
    # The search index of an answer refers to the question, which must be locked first.
    question = lock_question(question_id)
    post = lock_answer(question_id, answer_id) if answer_id else question
    return post or abort(HTTPStatus.NOT_FOUND)


def redirect_to_post(question_id: int, answer_id: int | None = None) -> Response:
    """Return a redirect to a post."""
    return see_other(post_url(question_id, answer_id))


def post_url(question_id: int, answer_id: int | None) -> str:
    """Return the URL of a post: for a question, of the page with the answers as they were shown."""
    args = page_args()
    if not answer_id:
        return url_for("main.read_question", question_id=question_id, **args)
    return answer_url(question_id, answer_id, args["sort"])
