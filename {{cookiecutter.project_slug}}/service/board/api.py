"""The board's JSON API."""

from http import HTTPStatus
from typing import Any

from flask import abort, url_for

from service.accounts.access import acting_member, needs_member  # [template] if auth
from service.board import posts
from service.board.models import Answer, Question
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
from service.core.listings import Page

questions_bp = APIBlueprint(
    "questions", __name__, url_prefix="/api/v1/questions", description="Asking"
)
answers_bp = APIBlueprint(
    "answers",
    __name__,
    url_prefix="/api/v1/questions/<id:question_id>/answers",
    description="Answering",
)


@questions_bp.get("")
@questions_bp.arguments(QuestionsQuery(), location="query")
@questions_bp.response(HTTPStatus.OK, QuestionPage)
def list_questions(query: dict[str, Any]) -> Page:
    """List questions, the newest first."""
    return posts.list_questions(query["sort"], query["q"], query["after"], query["limit"])


@questions_bp.post("")
@needs_member  # [template] if auth
@questions_bp.arguments(QuestionBody)
@questions_bp.arguments(Submission, location="headers")
@questions_bp.response(HTTPStatus.CREATED, QuestionSchema)
def ask(body: dict[str, str], header: dict[str, str]) -> tuple[Question, int, dict[str, str]]:
    """Ask a question."""
    question = posts.ask(
        body["title"],
        body["body"],
        header["submission"],
        acting_member(),  # [template] if auth
    )
    address = url_for("questions.read_question", question_id=question.id)
    return question, HTTPStatus.CREATED, {"Location": address}


@questions_bp.get("/<id:question_id>")
@questions_bp.response(HTTPStatus.OK, QuestionSchema)
def read_question(question_id: int) -> Question:
    """Read one question."""
    return posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)


@answers_bp.get("")
@answers_bp.arguments(AnswersQuery(), location="query")
@answers_bp.response(HTTPStatus.OK, AnswerPage)
def list_answers(query: dict[str, Any], question_id: int) -> Page:
    """List the answers to a question, the oldest first."""
    question = posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    return posts.list_answers(question, query["after"], query["limit"])


@answers_bp.post("")
@needs_member  # [template] if auth
@answers_bp.arguments(AnswerBody)
@answers_bp.arguments(Submission, location="headers")
@answers_bp.response(HTTPStatus.CREATED, AnswerSchema)
def answer(
    body: dict[str, str], header: dict[str, str], question_id: int
) -> tuple[Answer, int, dict[str, str]]:
    """Answer a question."""
    kept = posts.answer(
        question_id,
        body["body"],
        header["submission"],
        acting_member(),  # [template] if auth
    )
    if not kept:
        abort(HTTPStatus.NOT_FOUND)
    # Not the one in this address, where the key came with another question before.
    address = url_for("answers.read_answer", question_id=kept.question_id, answer_id=kept.id)
    return kept, HTTPStatus.CREATED, {"Location": address}


@answers_bp.get("/<id:answer_id>")
@answers_bp.response(HTTPStatus.OK, AnswerSchema)
def read_answer(question_id: int, answer_id: int) -> Answer:
    """Read one answer."""
    return posts.find_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
