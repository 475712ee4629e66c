"""What can be done on the board; pages and API both do it here."""

from enum import StrEnum
from typing import TypeVar

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from service.board.models import Answer, Question
from service.core.cursors import Cursor, Listing, Page
from service.extensions import db

Post = TypeVar("Post", Question, Answer)
QUESTIONS = Listing(Question, newest_first=True)
ANSWERS = Listing(Answer, newest_first=False)


class SubmissionUsedError(Exception):
    """A submission came again, with something else: a key names one sending."""


class Sort(StrEnum):
    """The orders in which questions are listed."""

    NEWEST = "newest"
    UNANSWERED = "unanswered"


def list_questions(sort: Sort, search: str, after: Cursor | None, limit: int) -> Page[Question]:
    """Return a page of the questions, newest first, whose title or body holds the searched text."""
    statement = QUESTIONS.all
    if sort is Sort.UNANSWERED:
        statement = statement.where(Question.answer_count == 0)
    if search:
        statement = statement.where(
            or_(
                Question.title.icontains(search, autoescape=True),
                Question.body.icontains(search, autoescape=True),
            )
        )
    return QUESTIONS.page(statement, after, limit)


def find_question(question_id: int) -> Question | None:
    """Return the question; None where there is none."""
    return db.session.get(Question, question_id)


def list_answers(question: Question, after: Cursor | None, limit: int) -> Page[Answer]:
    """Return a page of the question's answers, in the order in which they were given."""
    statement = ANSWERS.all.where(Answer.question_id == question.id)
    return ANSWERS.page(statement, after, limit)


def find_answer(question_id: int, answer_id: int) -> Answer | None:
    """Return the answer, if it is one to this question; else None."""
    answer = db.session.get(Answer, answer_id)
    return answer if answer and answer.question_id == question_id else None


def ask(title: str, body: str, submission: str | None = None) -> Question:
    """Keep a new question, or return the one that the same submission made before.

    Raises `SubmissionUsedError` where that one is another question.
    """
    return keep_once(Question, submission, title=title, body=body)


def answer(question_id: int, body: str, submission: str | None = None) -> Answer | None:
    """Keep a new answer, or return the one that the same submission made before.

    None where the question is gone. Raises `SubmissionUsedError` where that one is another answer.
    """
    counted = db.session.connection().execute(
        update(Question)
        .where(Question.id == question_id)
        .values(answer_count=Question.answer_count + 1)
    )
    if not counted.rowcount:
        db.session.rollback()
        return None
    return keep_once(Answer, submission, question_id=question_id, body=body)


def keep_once(kind: type[Post], submission: str | None, **sent: object) -> Post:
    """Keep a new post; where its submission is known already, return what that one made.

    The unique column decides, so that two requests at the same moment make one post.
    """
    post = kind(submission=submission or None, **sent)
    db.session.add(post)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        earlier = db.session.scalar(select(kind).where(kind.submission == submission))
        if not submission or earlier is None:
            raise
        if any(getattr(earlier, name) != value for name, value in sent.items()):
            raise SubmissionUsedError from None
        return earlier
    return post
