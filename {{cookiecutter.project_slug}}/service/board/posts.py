"""The service functions of the board, which pages and API call."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from service.board.models import Answer, Post, Question
from service.board.search import Matches, order_by_relevance
from service.board.vote_order import order_by_votes  # [template] if auth
from service.database.pagination import Order, Page, PageRequest
from service.extensions import db
from service.web.languages import N_

P = TypeVar("P", bound=Post)
R = TypeVar("R")


class IdempotencyKeyReusedError(Exception):
    """The idempotency key was already used for a submission with other values."""


@dataclass(frozen=True)
class Sort:
    """A way to sort a list: the order, and the label of its link."""

    order: Order
    label: str


NEWEST_FIRST = Order((Question.created_at, Question.id), descending=True)
MOST_ANSWERS_FIRST = Order(
    (Question.answer_count, Question.created_at, Question.id), descending=True
)
# By name, as in the query string; the first one is the default. "unanswered" also omits answered
# questions.
QUESTION_SORTS = {
    "newest": Sort(NEWEST_FIRST, N_("Newest")),
    "votes": Sort(order_by_votes(Question), N_("Most votes")),  # [template] if auth
    "answers": Sort(MOST_ANSWERS_FIRST, N_("Most answers")),
    "unanswered": Sort(NEWEST_FIRST, N_("Unanswered")),
}
# By relevance is the default of a search.
SEARCH_SORTS = {"relevance": Sort(order_by_relevance({}), N_("Relevance")), **QUESTION_SORTS}
ANSWER_SORTS = {
    "oldest": Sort(Order((Answer.created_at, Answer.id)), N_("Oldest")),
    "newest": Sort(Order((Answer.created_at, Answer.id), descending=True), N_("Newest")),
    "votes": Sort(order_by_votes(Answer), N_("Most votes")),  # [template] if auth
}


def list_questions(sort: str, matches: Matches | None, request: PageRequest) -> Page:
    """Return a page of questions, with `matches` only of those that match a search."""
    query, order = select(Question), SEARCH_SORTS[sort].order
    if sort == "unanswered":
        query = query.where(Question.answer_count == 0)
    if matches is None:
        return order.paginate(query, request)
    if sort == "relevance":
        page = order_by_relevance(matches).paginate(query, request)
    else:
        page = order.paginate(query.where(Question.id.in_(matches)), request)
    return replace(page, is_complete=matches.is_complete)


def find_question(question_id: int) -> Question | None:
    """Return the question, or `None` if it does not exist."""
    return db.session.get(Question, question_id)


def list_answers(question: Question, sort: str, request: PageRequest) -> Page:
    """Return a page of the question's answers."""
    return ANSWER_SORTS[sort].order.paginate(select_answers(question), request)


def list_answers_with(answer: Answer, question: Question, sort: str, limit: int) -> Page:
    """Return a page of the question's answers that contains this answer."""
    query, order = select_answers(question), ANSWER_SORTS[sort].order
    return order.paginate(query, order.request_page_with(answer, query, limit))


def select_answers(question: Question) -> Select[tuple[Answer]]:
    """Return the query of the question's answers."""
    return select(Answer).where(Answer.question_id == question.id)


def find_answer(question_id: int, answer_id: int) -> Answer | None:
    """Return the answer, or `None` if this question has no such answer."""
    answer = db.session.get(Answer, answer_id)
    return answer if answer and answer.question_id == question_id else None


def create_question(columns: dict[str, Any], idempotency_key: str | None) -> Question:
    """Create a question from the validated values of its columns, and commit.

    If the idempotency key was already used, return the earlier question instead; see
    `create_idempotent`.
    """
    return create_idempotent(Question, insert_question, columns, idempotency_key)


def create_answer(columns: dict[str, Any], idempotency_key: str | None) -> Answer | None:
    """Create an answer from the validated values of its columns, and commit.

    Updates the question's `answer_count`. If the idempotency key was already used, return the
    earlier answer instead; see `create_idempotent`. Returns `None` if the question does not exist.
    """
    return create_idempotent(Answer, insert_answer, columns, idempotency_key)


def create_idempotent(
    model: type[P],
    insert: Callable[[dict[str, Any]], R],
    columns: dict[str, Any],
    idempotency_key: str | None,
) -> P | R:
    """Return what `insert` returns; if the idempotency key was already used, the earlier post.

    The earlier post is returned in its current state. Raises `IdempotencyKeyReusedError` if it was
    submitted with other values. A unique index ensures that two simultaneous requests create one
    post.
    """
    row = {
        **columns,
        "idempotency_key": idempotency_key or None,
        "idempotency_fingerprint": submission_fingerprint(columns),
    }
    try:
        return insert(row)
    except IntegrityError:
        db.session.rollback()
    earlier = find_earlier_post(model, row) if idempotency_key else None
    # Without an earlier post, it was deleted in the meantime, or another constraint is violated:
    # then this raises the error again.
    return earlier or insert(row)


def submission_fingerprint(columns: Mapping[str, Any]) -> str:
    """Return a hash of the submitted values."""
    return sha256(json.dumps(columns, sort_keys=True, default=str).encode()).hexdigest()


def find_earlier_post(model: type[P], row: Mapping[str, Any]) -> P | None:
    """Return the post with the idempotency key of `row`, or `None` if there is none.

    Raises `IdempotencyKeyReusedError` if it was submitted with other values.
    """
    query = select(model, model.idempotency_fingerprint)
    query = query.filter_by(idempotency_key=row["idempotency_key"])
    query = query.filter_by(author_id=row["author_id"])  # [template] if auth
    post, fingerprint = db.session.execute(query).one_or_none() or (None, None)
    if post and fingerprint != row["idempotency_fingerprint"]:
        raise IdempotencyKeyReusedError
    return post


def insert_question(columns: dict[str, Any]) -> Question:
    """Insert a question and commit. Raises `IntegrityError` if a constraint is violated."""
    question = Question(**columns)
    db.session.add(question)
    commit_post(question)
    return question


def insert_answer(columns: dict[str, Any]) -> Answer | None:
    """Insert an answer, update its question's `answer_count`, and commit.

    Returns `None` if the question does not exist. Raises `IntegrityError` if a constraint is
    violated.
    """
    result = db.session.connection().execute(
        update(Question)
        .where(Question.id == columns["question_id"])
        .values(answer_count=Question.answer_count + 1)
    )
    if not result.rowcount:
        db.session.rollback()
        return None
    answer = Answer(**columns)
    db.session.add(answer)
    commit_post(answer)
    return answer


def commit_post(post: Post) -> None:
    """Load everything of the post that a response shows, and commit.

    After the commit, the post may be deleted at any time.
    """
    db.session.flush()
    db.session.refresh(post)
    db.session.commit()
