"""The board's JSON API."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from flask import url_for
from flask_babel import gettext
from webargs.flaskparser import abort

from service.accounts.access import acting_member, needs_member  # [template] if auth
from service.board import posts
from service.board.models import Answer, Question
from service.board.rules import ANSWERING, ASKING, SEARCHING
from service.board.schemas import (
    AnswerBody,
    AnswerPage,
    AnswerSchema,
    AnswersQuery,
    QuestionBody,
    QuestionPage,
    QuestionSchema,
    QuestionsQuery,
    Submission,
)
from service.core.api import APIBlueprint
from service.core.languages import N_
from service.core.listings import Page
from service.core.rates import count, limited

questions_bp = APIBlueprint(
    "questions", __name__, url_prefix="/api/v1/questions", description="Asking"
)
answers_bp = APIBlueprint(
    "answers",
    __name__,
    url_prefix="/api/v1/questions/<id:question_id>/answers",
    description="Answering",
)


@contextmanager
def told_of_used_key() -> Iterator[None]:
    """Answer 422 where the header `Idempotency-Key` came with something else before."""
    try:
        yield
    except posts.SubmissionUsedError:
        sentence = gettext("This key came with something else before. Take a new one for this.")
        messages = {"headers": {"Idempotency-Key": [sentence]}}
        abort(HTTPStatus.UNPROCESSABLE_ENTITY, messages=messages)


@questions_bp.get("")
@questions_bp.arguments(QuestionsQuery(), location="query")
@questions_bp.doc(summary=N_("List questions, the newest first."))
@questions_bp.response(HTTPStatus.OK, QuestionPage)
def list_questions(query: dict[str, Any]) -> Page:
    """List questions, the newest first."""
    if query["q"]:
        count(SEARCHING)
    return posts.list_questions(query["sort"], query["q"], query["after"], query["limit"])


@questions_bp.post("")
@needs_member  # [template] if auth
@limited(ASKING)
@questions_bp.arguments(QuestionBody)
@questions_bp.arguments(Submission, location="headers")
@questions_bp.doc(summary=N_("Ask a question."))
@questions_bp.response(HTTPStatus.CREATED, QuestionSchema)
def ask(body: dict[str, str], header: dict[str, str]) -> tuple[Question, int, dict[str, str]]:
    """Ask a question."""
    with told_of_used_key():
        question = posts.ask(
            body["title"],
            body["body"],
            header["submission"],
            acting_member(),  # [template] if auth
        )
    address = url_for("questions.read_question", question_id=question.id)
    return question, HTTPStatus.CREATED, {"Location": address}


@questions_bp.get("/<id:question_id>")
@questions_bp.doc(summary=N_("Read one question."))
@questions_bp.response(HTTPStatus.OK, QuestionSchema)
def read_question(question_id: int) -> Question:
    """Read one question."""
    return posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)


@answers_bp.get("")
@answers_bp.arguments(AnswersQuery(), location="query")
@answers_bp.doc(summary=N_("List the answers to a question, the oldest first."))
@answers_bp.response(HTTPStatus.OK, AnswerPage)
def list_answers(query: dict[str, Any], question_id: int) -> Page:
    """List the answers to a question, the oldest first."""
    question = posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    return posts.list_answers(question, query["after"], query["limit"])


@answers_bp.post("")
@needs_member  # [template] if auth
@limited(ANSWERING)
@answers_bp.arguments(AnswerBody)
@answers_bp.arguments(Submission, location="headers")
@answers_bp.doc(summary=N_("Answer a question."))
@answers_bp.response(HTTPStatus.CREATED, AnswerSchema)
def answer(
    body: dict[str, str], header: dict[str, str], question_id: int
) -> tuple[Answer, int, dict[str, str]]:
    """Answer a question."""
    with told_of_used_key():
        kept = posts.answer(
            question_id,
            body["body"],
            header["submission"],
            acting_member(),  # [template] if auth
        )
    if not kept:
        abort(HTTPStatus.NOT_FOUND)
    address = url_for("answers.read_answer", question_id=question_id, answer_id=kept.id)
    return kept, HTTPStatus.CREATED, {"Location": address}


@answers_bp.get("/<id:answer_id>")
@answers_bp.doc(summary=N_("Read one answer."))
@answers_bp.response(HTTPStatus.OK, AnswerSchema)
def read_answer(question_id: int, answer_id: int) -> Answer:
    """Read one answer."""
    return posts.find_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
