"""What members think of posts: one vote of each member on each post, one accepted answer.

Each is a row of its own; a post's `score` is the sum of its votes, kept up to date with them.
"""

from typing import Any

from sqlalchemy import ForeignKey, SmallInteger, select
from sqlalchemy.orm import Mapped, MappedSQLExpression, column_property, mapped_column

from service.extensions import Base


class QuestionVote(Base):
    """What a member thinks of a question: 1 or -1; who has no opinion has no row."""

    __tablename__ = "question_vote"

    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[int] = mapped_column(SmallInteger)


class AnswerVote(Base):
    """What a member thinks of an answer."""

    __tablename__ = "answer_vote"

    answer_id: Mapped[int] = mapped_column(
        ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[int] = mapped_column(SmallInteger)


class Acceptance(Base):
    """The answer that a question's author accepts.

    It is no column of the question, which would then need the answer, which needs the question.
    """

    __tablename__ = "acceptance"

    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), unique=True)


def accepted_answer_of(question: Any) -> MappedSQLExpression[int | None]:
    """Return the attribute that tells which answer of a question is accepted; None for none."""
    accepted = select(Acceptance.answer_id).where(Acceptance.question_id == question.id)
    return column_property(accepted.correlate_except(Acceptance).scalar_subquery())
