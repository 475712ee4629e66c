"""The pages that people read."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, render_template
from webargs.flaskparser import use_args

from service.board import posts
from service.board.models import Question
from service.board.rules import SEARCHING
from service.board.schemas import PAGE_SIZE, AnswersQuery, QuestionsQuery
from service.core.cursors import Cursor
from service.core.rates import count

bp = Blueprint("main", __name__, template_folder="templates")


@bp.get("/")
@use_args(QuestionsQuery(), location="query")
def index(query: dict[str, Any]) -> str:
    """Show the questions, the newest first."""
    if query["q"]:
        count(SEARCHING)
    page = posts.list_questions(query["sort"], query["q"], query["after"], PAGE_SIZE)
    return render_template("index.html", page=page, search=query["q"], sort=query["sort"])


@bp.get("/main/question/<id:question_id>")
@use_args(AnswersQuery(only=["after"]), location="query")
def read_question(query: dict[str, Any], question_id: int) -> str:
    """Show one question and its answers."""
    question = posts.find_question(question_id) or abort(HTTPStatus.NOT_FOUND)
    return question_page(question, query["after"])


def question_page(question: Question, after: Cursor | None = None, **more: object) -> str:
    """Return the page of a question; `more` goes to the template as it is."""
    answers = posts.list_answers(question, after, PAGE_SIZE)
    return render_template("read_question.html", question=question, answers=answers, **more)
