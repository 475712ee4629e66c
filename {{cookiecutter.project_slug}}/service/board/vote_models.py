"""The models of authors, votes and accepted answers."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, select
from sqlalchemy.orm import (
    Mapped,
    MappedSQLExpression,
    column_property,
    declared_attr,
    mapped_column,
    relationship,
)

from service.accounts.models import Member
from service.database import columns
from service.extensions import db


class MemberPost:
    """A mixin with the columns of posts that members write and vote on."""

    author_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    # The sum of the votes, stored so that lists can be ordered by it.
    score: Mapped[int] = mapped_column(default=0)
    # When the score last fell, in microseconds since 1970 (`service/board/vote_order.py`).
    moved_down_at: Mapped[int | None] = mapped_column(BigInteger)
    # The time of the last edit, or of the creation. A vote does not change it.
    updated_at: Mapped[columns.Timestamp]

    @declared_attr
    def author(self) -> Mapped[Member]:
        """Return the relationship to the author."""
        return relationship(Member, lazy="joined")


class QuestionVote(db.Model):
    """A member's vote on a question: 1 or -1."""

    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[int] = mapped_column(SmallInteger)


class AnswerVote(db.Model):
    """A member's vote on an answer: 1 or -1."""

    answer_id: Mapped[int] = mapped_column(
        ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    value: Mapped[int] = mapped_column(SmallInteger)


class Acceptance(db.Model):
    """The accepted answer of a question.

    It has a table of its own: a foreign key in `question` would make the tables `question` and
    `answer` depend on each other.
    """

    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), primary_key=True
    )
    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), unique=True)


def accepted_answer_id(question: Any) -> MappedSQLExpression[int | None]:
    """Return a read-only column property of `question`: its accepted answer's id, or `None`."""
    accepted = select(Acceptance.answer_id).where(Acceptance.question_id == question.id)
    return column_property(accepted.correlate_except(Acceptance).scalar_subquery())
