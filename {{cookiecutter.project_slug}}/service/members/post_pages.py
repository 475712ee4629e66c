"""The pages on which members change and delete what they wrote, vote, and accept an answer.

A question and an answer have the same pages; `answer_id` tells which of the two is meant.
"""

from http import HTTPStatus

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response

from service.accounts.access import acting_member, needs_member, permit
from service.board.models import Answer, Question
from service.board.posts import find_answer, find_question
from service.community import changes, policy, votes
from service.community.changes import lock_answer, lock_question
from service.community.rules import VOTING
from service.core.rates import limited
from service.members.forms import EditAnswerForm, EditQuestionForm, VoteForm
from service.members.pages import go_on

QUESTION = "/question/<id:question_id>"
ANSWER = f"{QUESTION}/answer/<id:answer_id>"

posts_bp = Blueprint("own_posts", __name__, url_prefix="/main")


@posts_bp.get(f"{QUESTION}/edit")
@posts_bp.get(f"{ANSWER}/edit")
@needs_member
def show_words(question_id: int, answer_id: int | None = None) -> ResponseReturnValue:
    """Show the words of a post in a form."""
    found = find_answer(question_id, answer_id) if answer_id else find_question(question_id)
    post = found or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_change(acting_member(), post))
    return render_template("edit_post.html", form=form_of(post))


@posts_bp.post(f"{QUESTION}/edit")
@posts_bp.post(f"{ANSWER}/edit")
@needs_member
def change_words(question_id: int, answer_id: int | None = None) -> ResponseReturnValue:
    """Change the words of a post."""
    post = locked(question_id, answer_id)
    permit(policy.may_change(acting_member(), post))
    form = form_of(post)
    if not form.validate():
        page = render_template("edit_post.html", form=form)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    changes.change(post, {name: form[name].data for name in form.words})
    return see_post(question_id, answer_id)


@posts_bp.post(f"{QUESTION}/delete")
@posts_bp.post(f"{ANSWER}/delete")
@needs_member
def delete(question_id: int, answer_id: int | None = None) -> Response:
    """Delete a post; a question goes with its answers."""
    # The question first, as for a new answer: so neither waits for the other for ever.
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    post = locked(question_id, answer_id)
    permit(policy.may_delete(acting_member(), post))
    if isinstance(post, Answer):
        changes.delete_answer(question, post)
        return see_post(question_id)
    changes.delete_question(post)
    return go_on(url_for("main.index"))


@posts_bp.post(f"{QUESTION}/vote")
@posts_bp.post(f"{ANSWER}/vote")
@needs_member
@limited(VOTING)
def vote(question_id: int, answer_id: int | None = None) -> Response:
    """Vote on a post, or take the vote back."""
    form = VoteForm()
    if not form.validate():
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    post = locked(question_id, answer_id)
    permit(policy.may_vote(acting_member(), post))
    votes.vote(acting_member(), post, form.value.data)
    return see_post(question_id, answer_id)


@posts_bp.post(f"{QUESTION}/accept/<id:answer_id>")
@needs_member
def accept(question_id: int, answer_id: int) -> Response:
    """Accept an answer; the value 0 takes that back."""
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_accept(acting_member(), question))
    answer = find_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    is_accepted = request.form.get("value") != "0"
    # Another answer, accepted meanwhile in another tab, stays so.
    if is_accepted or question.accepted_answer_id == answer_id:
        votes.accept(question, answer if is_accepted else None)
    return see_post(question_id, answer_id)


def locked(question_id: int, answer_id: int | None) -> Question | Answer:
    """Return the post, locked for a change of it; raise 404 where there is none."""
    post = lock_answer(question_id, answer_id) if answer_id else lock_question(question_id)
    return post or abort(HTTPStatus.NOT_FOUND)


def form_of(post: Question | Answer) -> EditQuestionForm | EditAnswerForm:
    """Return the form for the words of a post: those that were sent, else its own."""
    return EditAnswerForm(obj=post) if isinstance(post, Answer) else EditQuestionForm(obj=post)


def see_post(question_id: int, answer_id: int | None = None) -> Response:
    """Go back to where the post is, on the page of answers that was open."""
    anchor = f"answer-{answer_id}" if answer_id else None
    after = request.args.get("after")
    place = url_for("main.read_question", question_id=question_id, after=after, _anchor=anchor)
    return go_on(place)
