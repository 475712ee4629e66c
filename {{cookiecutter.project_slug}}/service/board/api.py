"""The board's JSON API."""

from http import HTTPStatus
from typing import Any

from flask import Response, abort, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import UnprocessableEntity

from service.accounts import principal  # [template] if auth
from service.board import posts
from service.board.models import Answer, Question
from service.board.rules import ANSWER_RATE_LIMIT, ASK_RATE_LIMIT, count_search
from service.board.schemas import (
    AnswerBody,
    AnswerPageSchema,
    AnswerSchema,
    AnswersQuery,
    IdempotencyKeyHeader,
    QuestionBody,
    QuestionPageSchema,
    QuestionSchema,
    QuestionsQuery,
    RenderQuery,
)
from service.board.search import find_matches
from service.database.pagination import Page
from service.search.query import parse_query
from service.web.api import APIBlueprint
from service.web.errors import handle_http_exception, with_detail
from service.web.languages import N_
from service.web.rate_limits import rate_limited

KEY_REUSED = _l("This Idempotency-Key was already used for a different request.")
ANSWERS_RULE = "/<id:question_id>/answers"

bp = APIBlueprint(
    "questions", __name__, url_prefix="/api/v1/questions", description=N_("Questions and answers")
)


@bp.errorhandler(posts.IdempotencyKeyReusedError)
def handle_idempotency_key_reused(_error: posts.IdempotencyKeyReusedError) -> Response:
    """Return 422: the idempotency key was already used for a different request."""
    messages = {"headers": {"Idempotency-Key": [KEY_REUSED]}}
    return handle_http_exception(
        with_detail(
            UnprocessableEntity(), KEY_REUSED, messages=messages, code="idempotency_key_reused"
        )
    )


@bp.get("")
@bp.arguments(QuestionsQuery(), location="query")
@bp.doc(summary=N_("List questions."))
@bp.alt_response(HTTPStatus.TOO_MANY_REQUESTS)
@bp.alt_response(HTTPStatus.UNAUTHORIZED)  # [template] if auth
@bp.page_response(QuestionPageSchema)
def list_questions(query: dict[str, Any]) -> Page:
    matches = None
    if query["q"]:
        principal.current_member_or_none()  # [template] if auth
        count_search()
        matches = find_matches(parse_query(query["q"]))
    return posts.list_questions(query["sort"], matches, query["page"])


@bp.post("")
@principal.confirmation_required  # [template] if auth
@rate_limited(ASK_RATE_LIMIT)
@bp.arguments(QuestionBody)
@bp.arguments(IdempotencyKeyHeader, location="headers")
@bp.doc(summary=N_("Ask a question."))
@bp.representation(QuestionSchema, HTTPStatus.CREATED)
def create_question(
    body: dict[str, Any], header: dict[str, Any]
) -> tuple[Question, int, dict[str, str]]:
    body["author_id"] = principal.current_member().id  # [template] if auth
    question = posts.create_question(body, header["idempotency_key"])
    location = url_for(".read_question", question_id=question.id)
    return question, HTTPStatus.CREATED, {"Location": location}


@bp.get("/<id:question_id>")
@bp.arguments(RenderQuery, location="query")
@bp.doc(summary=N_("Read one question."))
@bp.representation(QuestionSchema)
def read_question(_query: dict[str, Any], question_id: int) -> Question:
    return posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)


@bp.get(ANSWERS_RULE)
@bp.arguments(AnswersQuery(), location="query")
@bp.doc(summary=N_("List the answers to a question."))
@bp.page_response(AnswerPageSchema)
def list_answers(query: dict[str, Any], question_id: int) -> Page:
    question = posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    return posts.list_answers(question, query["sort"], query["page"])


@bp.post(ANSWERS_RULE)
@principal.confirmation_required  # [template] if auth
@rate_limited(ANSWER_RATE_LIMIT)
@bp.arguments(AnswerBody)
@bp.arguments(IdempotencyKeyHeader, location="headers")
@bp.doc(summary=N_("Answer a question."))
@bp.representation(AnswerSchema, HTTPStatus.CREATED)
def create_answer(
    body: dict[str, Any], header: dict[str, Any], question_id: int
) -> tuple[Answer, int, dict[str, str]]:
    columns = {**body, "question_id": question_id}
    columns["author_id"] = principal.current_member().id  # [template] if auth
    answer = posts.create_answer(columns, header["idempotency_key"])
    if not answer:
        abort(HTTPStatus.NOT_FOUND)
    location = url_for(".read_answer", question_id=question_id, answer_id=answer.id)
    return answer, HTTPStatus.CREATED, {"Location": location}


@bp.get(f"{ANSWERS_RULE}/<id:answer_id>")
@bp.arguments(RenderQuery, location="query")
@bp.doc(summary=N_("Read one answer."))
@bp.representation(AnswerSchema)
def read_answer(_query: dict[str, Any], question_id: int, answer_id: int) -> Answer:
    return posts.find_answer(question_id, answer_id) or abort(HTTPStatus.NOT_FOUND)
