"""The pages of the board: the list of questions, and a question with its answers."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from webargs.flaskparser import use_args
from werkzeug.exceptions import UnprocessableEntity

from service.board import posts
from service.board.models import Question
from service.board.rules import count_search
from service.board.schemas import PAGE_SIZE, QuestionPageQuery, QuestionsQuery, question_sorts
from service.board.search import find_excerpts, find_matches
from service.database.pagination import Page
from service.search.query import parse_query
from service.web.errors import error_response, handle_http_exception

QUESTION_PAGE_QUERY = QuestionPageQuery(exclude=["limit", "render"])

bp = Blueprint("main", __name__, template_folder="templates")


@bp.get("/")
@use_args(QuestionsQuery(exclude=["limit", "render"]), location="query")
def index(query: dict[str, Any]) -> str:
    """Show a page of questions, filtered and sorted by the query string."""
    search, sort = query["q"], query["sort"]
    terms, matches = parse_query(search), None
    if search:
        count_search()
        matches = find_matches(terms)
    page = posts.list_questions(sort, matches, query["page"])
    return render_template(
        "index.html",
        page=page,
        search=search,
        terms=terms,
        excerpts=find_excerpts(page.items, matches, terms) if matches else {},
        sort=sort,
        sorts=question_sorts(query),
    )


@bp.errorhandler(UnprocessableEntity)
def handle_invalid_query(error: UnprocessableEntity) -> Response:
    """Return the list with the error of an invalid search; other errors as error pages."""
    messages = getattr(error, "data", {}).get("messages", {}).get("query", {})
    if request.endpoint != "main.index" or set(messages) != {"q"}:
        return handle_http_exception(error)
    search, message = request.args["q"], " ".join(messages["q"])
    html = render_template("index.html", page=Page([]), search=search, search_error=message)
    return error_response(html, error)


@bp.get("/main/question/<id:question_id>")
@use_args(QUESTION_PAGE_QUERY, location="query")
def read_question(query: dict[str, Any], question_id: int) -> str:
    """Show a question and a page of its answers."""
    question = posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    return render_template("read_question.html", **question_context(question, query))


def question_context(question: Question, query: dict[str, Any]) -> dict[str, Any]:
    """Return the context of `read_question.html` with the answers that the query string selects.

    These are a page of the list; with `answer`, a page with this answer, if it exists.
    """
    sort, answer_id = query["sort"], query["answer"]
    answer = posts.find_answer(question.id, answer_id) if answer_id else None
    if answer:
        answers = posts.list_answers_with(answer, question, sort, PAGE_SIZE)
    else:
        answers = posts.list_answers(question, sort, query["page"])
    return {
        "question": question,
        "answers": answers,
        "answer_url": answer_url,
        "sort": sort,
        "sorts": posts.ANSWER_SORTS,
    }


def answer_url(question_id: int, answer_id: int, sort: str | None = None) -> str:
    """Return the URL of an answer: a page of its question that contains it in any order."""
    return url_for(
        "main.read_question",
        question_id=question_id,
        sort=sort,
        answer=answer_id,
        _anchor=f"answer-{answer_id}",
    )
