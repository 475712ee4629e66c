"""What can be done on the board; pages and API both do it here."""

from enum import StrEnum
from typing import TypeVar

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.accounts.sessions import SignedIn  # [template] if auth
from service.board.models import Answer, Question
from service.core.cursors import Cursor
from service.core.listings import Listing, Page
from service.extensions import db

Post = TypeVar("Post", Question, Answer)


class SubmissionUsedError(Exception):
    """A submission came again, with something else: a key names one sending."""


class Sort(StrEnum):
    """The ways in which questions are listed."""

    NEWEST = "newest"
    UNANSWERED = "unanswered"
    VOTES = "votes"  # [template] if auth


NEWEST = Listing(Question, (Question.created_at, Question.id), is_descending=True)
BEST = Listing(Question, (Question.score, Question.id), is_descending=True)  # [template] if auth
QUESTIONS: dict[str, Listing] = {
    Sort.NEWEST: NEWEST,
    Sort.UNANSWERED: NEWEST.where(Question.answer_count == 0),
    Sort.VOTES: BEST,  # [template] if auth
}
ANSWERS = Listing(Answer, (Answer.created_at, Answer.id), is_descending=False).where(
    Answer.question_id == bindparam("question_id")
)


def list_questions(sort: Sort, search: str, after: Cursor | None, limit: int) -> Page:
    """Return a page of the questions whose title or body holds the searched text."""
    listing = QUESTIONS[sort]
    if search:
        listing = listing.where(
            or_(
                Question.title.icontains(search, autoescape=True),
                Question.body.icontains(search, autoescape=True),
            )
        )
    return listing.page(after, limit)


def find_question(question_id: int) -> Question | None:
    """Return the question; None where there is none."""
    return db.session.get(Question, question_id)


def list_answers(question: Question, after: Cursor | None, limit: int) -> Page:
    """Return a page of the question's answers, in the order in which they were given."""
    return ANSWERS.page(after, limit, question_id=question.id)


def find_answer(question_id: int, answer_id: int) -> Answer | None:
    """Return the answer, if it is one to this question; else None."""
    answer = db.session.get(Answer, answer_id)
    return answer if answer and answer.question_id == question_id else None


def ask(
    title: str,
    body: str,
    submission: str | None,
    author: SignedIn,  # [template] if auth
) -> Question:
    """Keep a new question, or return the one that the same submission made before.

    Raises `SubmissionUsedError` where that one is another question.
    """
    return keep_once(
        Question,
        submission,
        title=title,
        body=body,
        author_id=author.id,  # [template] if auth
    )


def answer(
    question_id: int,
    body: str,
    submission: str | None,
    author: SignedIn,  # [template] if auth
) -> Answer | None:
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
    return keep_once(
        Answer,
        submission,
        question_id=question_id,
        body=body,
        author_id=author.id,  # [template] if auth
    )


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
