"""The member's own votes on the posts of a page."""

from collections.abc import Sequence

from flask import g
from sqlalchemy import select

from service.accounts.sessions import Principal
from service.board.models import Answer, Question
from service.board.vote_models import AnswerVote, QuestionVote
from service.community.votes import NO_VOTE
from service.extensions import db


def votes_of(
    member: Principal, question: Question, answers: Sequence[Answer]
) -> dict[Question | Answer, int]:
    """Return the member's vote on the question and on each answer: 1, -1, or 0 without a vote.

    Every post of a page calls this function; the votes are loaded once per request.
    """
    cache: dict[object, dict[Question | Answer, int]] = g.setdefault("votes", {})
    key = (member.id, question, *answers)
    if key not in cache:
        cache[key] = load_votes(member, question, answers)
    return cache[key]


def load_votes(
    member: Principal, question: Question, answers: Sequence[Answer]
) -> dict[Question | Answer, int]:
    """Load the member's votes with one query for the question and one for all answers."""
    question_vote = db.session.get(QuestionVote, (question.id, member.id))
    on_answers = select(AnswerVote.answer_id, AnswerVote.value).where(
        AnswerVote.member_id == member.id,
        AnswerVote.answer_id.in_([answer.id for answer in answers]),
    )
    values = dict(db.session.execute(on_answers).all())
    answer_votes = {answer: values.get(answer.id, NO_VOTE) for answer in answers}
    return {question: question_vote.value if question_vote else NO_VOTE, **answer_votes}
