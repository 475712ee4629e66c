"""Voting on posts, and accepting an answer."""

from sqlalchemy import delete, insert, select

from service.board.models import Answer, Question
from service.board.posts import commit_post
from service.board.vote_models import Acceptance, AnswerVote, QuestionVote
from service.board.vote_order import now_in_microseconds
from service.extensions import db

UP, DOWN, NO_VOTE = 1, -1, 0


def cast_vote(member_id: int, post: Question | Answer, value: int) -> None:
    """Replace a member's vote on a post, update the score of the post, and commit.

    `NO_VOTE` removes the vote. The post must be locked, so that simultaneous votes are all counted.
    """
    model = QuestionVote if isinstance(post, Question) else AnswerVote
    post_id = QuestionVote.question_id if isinstance(post, Question) else AnswerVote.answer_id
    conditions = (post_id == post.id, model.member_id == member_id)
    previous = db.session.scalar(select(model.value).where(*conditions)) or NO_VOTE
    db.session.execute(delete(model).where(*conditions))
    if value != NO_VOTE:
        row = {post_id.key: post.id, "member_id": member_id, "value": value}
        db.session.execute(insert(model).values(row))
    post.score += value - previous
    if value < previous:
        post.moved_down_at = now_in_microseconds()
    commit_post(post)


def accept_answer(question: Question, answer: Answer | None) -> None:
    """Make `answer` the accepted one, in place of any other, and commit; `None` clears it.

    The question must be locked.
    """
    db.session.execute(delete(Acceptance).where(Acceptance.question_id == question.id))
    if answer:
        db.session.add(Acceptance(question_id=question.id, answer_id=answer.id))
    commit_post(question)
