"""The tables of the board."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.board.rules import SUBMISSION, TITLE
from service.core.columns import LongText, Row, exact_string


class Question(Row):
    """A question. It counts its answers, so that a list need not."""

    __tablename__ = "question"

    title: Mapped[str] = mapped_column(String(TITLE.maximum))
    body: Mapped[str] = mapped_column(LongText)
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
    submission: Mapped[str | None] = mapped_column(
        exact_string(SUBMISSION.maximum), unique=True, deferred=True
    )


# The lists' orders: newest first, unanswered first of all, and the answers of one question.
Index(None, Question.created_at, Question.id)
Index(None, Question.answer_count, Question.created_at, Question.id)
Index(None, Answer.question_id, Answer.created_at, Answer.id)
