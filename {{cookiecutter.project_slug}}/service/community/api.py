"""The community's JSON API: the rest of what can be done with the board's addresses."""

from http import HTTPStatus

from flask import abort

from service.accounts.access import acting_member, needs_member, permit
from service.board.models import Answer, Question
from service.board.posts import find_answer
from service.board.schemas import AnswerSchema, QuestionSchema
from service.community import changes, policy, votes
from service.community.changes import lock_answer, lock_question
from service.community.rules import VOTING
from service.community.schemas import AcceptBody, AnswerChange, QuestionChange, VoteBody
from service.core.api import APIBlueprint
from service.core.languages import N_
from service.core.rates import limited

questions_bp = APIBlueprint(
    "own_questions",
    __name__,
    url_prefix="/api/v1/questions/<id:question_id>",
    template_folder="templates",
)
answers_bp = APIBlueprint(
    "own_answers",
    __name__,
    url_prefix="/api/v1/questions/<id:question_id>/answers/<id:answer_id>",
)


@questions_bp.patch("")
@needs_member
@questions_bp.arguments(QuestionChange)
@questions_bp.doc(summary=N_("Change your question."))
@questions_bp.response(HTTPStatus.OK, QuestionSchema)
def change_question(words: dict[str, str], question_id: int) -> Question:
    """Change your question."""
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_change(acting_member(), question))
    changes.change(question, words)
    return question


@questions_bp.delete("")
@needs_member
@questions_bp.doc(summary=N_("Delete your question, with its answers."))
@questions_bp.response(HTTPStatus.NO_CONTENT)
def delete_question(question_id: int) -> None:
    """Delete your question, with its answers."""
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_delete(acting_member(), question))
    changes.delete_question(question)


@questions_bp.put("/vote")
@needs_member
@limited(VOTING)
@questions_bp.arguments(VoteBody)
@questions_bp.doc(summary=N_("Vote on a question: 1, -1, or 0 to take your vote back."))
@questions_bp.response(HTTPStatus.OK, QuestionSchema)
def vote_on_question(body: dict[str, int], question_id: int) -> Question:
    """Vote on a question: 1, -1, or 0 to take your vote back."""
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_vote(acting_member(), question))
    votes.vote(acting_member(), question, body["value"])
    return question


@questions_bp.put("/accept")
@needs_member
@questions_bp.arguments(AcceptBody)
@questions_bp.doc(summary=N_("Accept an answer to your question; null takes it back."))
@questions_bp.response(HTTPStatus.OK, QuestionSchema)
def accept(body: dict[str, int | None], question_id: int) -> Question:
    """Accept an answer to your question; null takes it back."""
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_accept(acting_member(), question))
    answer_id = body["answer_id"]
    answer = find_answer(question_id, answer_id) if answer_id else None
    if answer_id and not answer:
        abort(HTTPStatus.NOT_FOUND)
    votes.accept(question, answer)
    return question


@answers_bp.patch("")
@needs_member
@answers_bp.arguments(AnswerChange)
@answers_bp.doc(summary=N_("Change your answer."))
@answers_bp.response(HTTPStatus.OK, AnswerSchema)
def change_answer(words: dict[str, str], question_id: int, answer_id: int) -> Answer:
    """Change your answer."""
    answer = lock_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_change(acting_member(), answer))
    changes.change(answer, words)
    return answer


@answers_bp.delete("")
@needs_member
@answers_bp.doc(summary=N_("Delete your answer."))
@answers_bp.response(HTTPStatus.NO_CONTENT)
def delete_answer(question_id: int, answer_id: int) -> None:
    """Delete your answer."""
    # The question first, as for a new answer: so neither waits for the other for ever.
    question = lock_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    answer = lock_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_delete(acting_member(), answer))
    changes.delete_answer(question, answer)


@answers_bp.put("/vote")
@needs_member
@limited(VOTING)
@answers_bp.arguments(VoteBody)
@answers_bp.doc(summary=N_("Vote on an answer: 1, -1, or 0 to take your vote back."))
@answers_bp.response(HTTPStatus.OK, AnswerSchema)
def vote_on_answer(body: dict[str, int], question_id: int, answer_id: int) -> Answer:
    """Vote on an answer: 1, -1, or 0 to take your vote back."""
    answer = lock_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
    permit(policy.may_vote(acting_member(), answer))
    votes.vote(acting_member(), answer, body["value"])
    return answer
