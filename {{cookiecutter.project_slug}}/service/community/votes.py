"""Voting on posts, and accepting an answer."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, delete, insert, select

from service.accounts.sessions import SignedIn
from service.board.models import Answer, Question
from service.board.votes import Acceptance, AnswerVote, QuestionVote
from service.extensions import db

UP, DOWN, NONE = 1, -1, 0


def vote(member: SignedIn, post: Question | Answer, value: int) -> None:
    """Keep what a member thinks of a post, in place of what they thought before.

    The post is locked, and so its score is the sum of its votes, however many vote at once.
    """
    kind = QuestionVote if isinstance(post, Question) else AnswerVote
    voted_on = QuestionVote.question_id if isinstance(post, Question) else AnswerVote.answer_id
    is_theirs = (voted_on == post.id, kind.member_id == member.id)
    before = db.session.scalar(select(kind.value).where(*is_theirs)) or NONE
    db.session.execute(delete(kind).where(*is_theirs))
    if value != NONE:
        row = {voted_on.key: post.id, "member_id": member.id, "value": value}
        db.session.execute(insert(kind).values(row))
    post.score += value - before
    db.session.commit()


def vote_on_question(member: SignedIn | None, question_id: int) -> int:
    """Return what a member thinks of a question; 0 for somebody who is no member."""
    if not member:
        return NONE
    is_theirs = (QuestionVote.question_id == question_id, QuestionVote.member_id == member.id)
    return db.session.scalar(select(QuestionVote.value).where(*is_theirs)) or NONE


def votes_on_answers(
    member: SignedIn | None, answers: Iterable[Answer | Row[Any]]
) -> dict[int, int]:
    """Return what a member thinks of some answers, by their ids; one statement for all."""
    ids = [answer.id for answer in answers]
    if not (member and ids):
        return {}
    votes = select(AnswerVote.answer_id, AnswerVote.value)
    theirs = votes.where(AnswerVote.member_id == member.id, AnswerVote.answer_id.in_(ids))
    return dict(db.session.execute(theirs).all())


def accept(question: Question, answer: Answer | None) -> None:
    """Keep which answer of a question, which is locked, is accepted; None takes it back."""
    db.session.execute(delete(Acceptance).where(Acceptance.question_id == question.id))
    if answer:
        accepted = insert(Acceptance).values(question_id=question.id, answer_id=answer.id)
        db.session.execute(accepted)
    db.session.commit()
