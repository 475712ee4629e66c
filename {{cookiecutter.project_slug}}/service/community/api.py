"""The JSON API for editing and deleting posts, voting on them and accepting answers."""

from http import HTTPStatus
from typing import Any, NoReturn

from flask import abort
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import UnprocessableEntity

from service.accounts.principal import (
    authorize,
    confirmation_required,
    current_member,
    login_required,
)
from service.board.models import Answer, Question
from service.board.posts import find_answer
from service.board.schemas import AnswerSchema, QuestionSchema
from service.community import changes, policy, votes
from service.community.changes import lock_answer, lock_question
from service.community.preconditions import check_if_match
from service.community.rules import CHANGE_RATE_LIMIT, VOTE_RATE_LIMIT
from service.community.schemas import AcceptBody, AnswerBodyPartial, QuestionBodyPartial, VoteBody
from service.web.api import APIBlueprint
from service.web.errors import with_detail
from service.web.languages import N_
from service.web.rate_limits import rate_limited

UNKNOWN_ANSWER = _l("This question does not have this answer.")
ANSWER_RULE = "/answers/<id:answer_id>"

bp = APIBlueprint(
    "community",
    __name__,
    url_prefix="/api/v1/questions/<id:question_id>",
    description=N_("Changes of posts, votes and accepted answers"),
)


@bp.patch("")
@confirmation_required
@rate_limited(CHANGE_RATE_LIMIT, methods=["PATCH"])
@bp.arguments(QuestionBodyPartial(partial=True))
@bp.doc(summary=N_("Edit your question. Without If-Match, the last of two edits wins."))
@bp.alt_response(HTTPStatus.FORBIDDEN)
@bp.alt_response(HTTPStatus.PRECONDITION_FAILED)
@bp.representation(QuestionSchema)
def update_question(values: dict[str, Any], question_id: int) -> Question:
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    authorize(policy.can_edit(current_member(), question))
    check_if_match(QuestionSchema(), question)
    changes.update_post(question, values)
    return question


@bp.delete("")
@login_required
@rate_limited(CHANGE_RATE_LIMIT, methods=["DELETE"])
@bp.doc(summary=N_("Delete your question and its answers."))
@bp.alt_response(HTTPStatus.FORBIDDEN)
@bp.alt_response(HTTPStatus.PRECONDITION_FAILED)
@bp.response(HTTPStatus.NO_CONTENT)
def delete_question(question_id: int) -> None:
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    authorize(policy.can_delete(current_member(), question))
    check_if_match(QuestionSchema(), question)
    changes.delete_question(question)


@bp.put("/vote")
@confirmation_required
@rate_limited(VOTE_RATE_LIMIT, methods=["PUT"])
@bp.arguments(VoteBody)
@bp.doc(summary=N_("Vote on a question: 1, -1, or 0 to remove your vote."))
@bp.representation(QuestionSchema)
def vote_on_question(body: dict[str, int], question_id: int) -> Question:
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    votes.cast_vote(current_member().id, question, body["value"])
    return question


@bp.put("/accept")
@confirmation_required
@rate_limited(CHANGE_RATE_LIMIT, methods=["PUT"])
@bp.arguments(AcceptBody)
@bp.doc(summary=N_("Accept an answer to your question; null unaccepts."))
@bp.alt_response(HTTPStatus.FORBIDDEN)
@bp.representation(QuestionSchema)
def accept_answer(body: dict[str, int | None], question_id: int) -> Question:
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    authorize(policy.can_accept(current_member(), question))
    answer = None
    if answer_id := body["answer_id"]:
        answer = find_answer(question_id, answer_id) or raise_unknown_answer()
    votes.accept_answer(question, answer)
    return question


def raise_unknown_answer() -> NoReturn:
    """Raise 422: the question does not have the answer with this id."""
    messages = {"json": {"answer_id": [UNKNOWN_ANSWER]}}
    raise with_detail(UnprocessableEntity(), UNKNOWN_ANSWER, messages=messages)


@bp.patch(ANSWER_RULE)
@confirmation_required
@rate_limited(CHANGE_RATE_LIMIT, methods=["PATCH"])
@bp.arguments(AnswerBodyPartial(partial=True))
@bp.doc(summary=N_("Edit your answer. Without If-Match, the last of two edits wins."))
@bp.alt_response(HTTPStatus.FORBIDDEN)
@bp.alt_response(HTTPStatus.PRECONDITION_FAILED)
@bp.representation(AnswerSchema)
def update_answer(values: dict[str, Any], question_id: int, answer_id: int) -> Answer:
    # The search index refers to the question, which must be locked before the answer.
    _question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    answer = lock_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    authorize(policy.can_edit(current_member(), answer))
    check_if_match(AnswerSchema(), answer)
    changes.update_post(answer, values)
    return answer


@bp.delete(ANSWER_RULE)
@login_required
@rate_limited(CHANGE_RATE_LIMIT, methods=["DELETE"])
@bp.doc(summary=N_("Delete your answer."))
@bp.alt_response(HTTPStatus.FORBIDDEN)
@bp.alt_response(HTTPStatus.PRECONDITION_FAILED)
@bp.response(HTTPStatus.NO_CONTENT)
def delete_answer(question_id: int, answer_id: int) -> None:
    # Lock the question first, as `create_answer` does: another order could deadlock.
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    answer = lock_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    authorize(policy.can_delete(current_member(), answer))
    check_if_match(AnswerSchema(), answer)
    changes.delete_answer(question, answer)


@bp.put(f"{ANSWER_RULE}/vote")
@confirmation_required
@rate_limited(VOTE_RATE_LIMIT, methods=["PUT"])
@bp.arguments(VoteBody)
@bp.doc(summary=N_("Vote on an answer: 1, -1, or 0 to remove your vote."))
@bp.representation(AnswerSchema)
def vote_on_answer(body: dict[str, int], question_id: int, answer_id: int) -> Answer:
    answer = lock_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    votes.cast_vote(current_member().id, answer, body["value"])
    return answer
