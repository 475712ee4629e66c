"""What the export of a member's data contains of the board."""

from typing import Any

from sqlalchemy import select

from service.board.models import Answer, Question
from service.board.schemas import AnswerSchema, PostSchema, QuestionSchema
from service.board.vote_models import AnswerVote, QuestionVote
from service.extensions import db


def posts_and_votes(member_id: int) -> dict[str, Any]:
    """Return the questions, the answers and the votes of a member, the oldest posts first."""
    return {
        "questions": dump_posts(Question, QuestionSchema, member_id),
        "answers": dump_posts(Answer, AnswerSchema, member_id),
        "votes": dump_votes(member_id),
    }


def dump_posts(
    model: type[Question | Answer], schema: type[PostSchema], member_id: int
) -> list[dict[str, Any]]:
    """Return the posts of a member as JSON values."""
    posts = db.session.scalars(
        select(model).where(model.author_id == member_id).order_by(model.created_at, model.id)
    )
    dumped: list[dict[str, Any]] = schema(exclude=["author", "body_html"], many=True).dump(posts)
    return dumped


def dump_votes(member_id: int) -> list[dict[str, int]]:
    """Return the votes of a member on questions and answers as JSON values."""
    on_questions = select(QuestionVote.question_id, QuestionVote.value).where(
        QuestionVote.member_id == member_id
    )
    on_answers = select(AnswerVote.answer_id, AnswerVote.value).where(
        AnswerVote.member_id == member_id
    )
    return [
        row._asdict() for query in (on_questions, on_answers) for row in db.session.execute(query)
    ]
