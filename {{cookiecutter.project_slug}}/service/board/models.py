"""The tables of the board."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import (
    Mapped,
    declared_attr,  # [template] if auth
    mapped_column,
)

from service.accounts.models import name_of  # [template] if auth
from service.board.rules import SUBMISSION, TITLE
from service.board.votes import accepted_answer_of  # [template] if auth
from service.core.columns import LongText, Row, exact_string


class Question(Row):
    """A question. It counts its answers, so that a list need not."""

    __tablename__ = "question"

    title: Mapped[str] = mapped_column(String(TITLE.maximum))
    body: Mapped[str] = mapped_column(LongText)
    # [template] if auth
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    author_name: Mapped[str] = name_of(author_id)
    score: Mapped[int] = mapped_column(default=0)
    accepted_answer_id = declared_attr(accepted_answer_of)
    # [template] endif
    answer_count: Mapped[int] = mapped_column(default=0)
    # Names one sending, so that the same request sent twice makes no second question.
    submission: Mapped[str | None] = mapped_column(
        exact_string(SUBMISSION.maximum), unique=True, deferred=True
    )


class Answer(Row):
    """An answer to a question, and gone with it."""

    __tablename__ = "answer"

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(LongText)
    # [template] if auth
    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    author_name: Mapped[str] = name_of(author_id)
    score: Mapped[int] = mapped_column(default=0)
    # [template] endif
    submission: Mapped[str | None] = mapped_column(
        exact_string(SUBMISSION.maximum), unique=True, deferred=True
    )


# The lists' orders: newest first, unanswered, best, and the answers of one question.
Index(None, Question.created_at, Question.id)
Index(None, Question.answer_count, Question.created_at, Question.id)
Index(None, Question.score, Question.id)  # [template] if auth
Index(None, Answer.question_id, Answer.created_at, Answer.id)
