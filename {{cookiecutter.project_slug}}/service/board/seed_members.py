"""The members and votes of a seeded board; nobody can log in as one of these members."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

from flask import current_app
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from service.accounts.models import Member
from service.accounts.rules import canonical_name
from service.board.models import Answer, Question
from service.board.votes import AnswerVote, QuestionVote
from service.extensions import db

NAMES = Path(__file__).with_name("seed_members.json")
MOST_VOTES = 3
# Most people vote for what they find useful.
OPINIONS = (1, 1, 1, -1)


def seeded_members() -> list[int]:
    """Return the ids of the members who ask and answer; make those who are not there yet."""
    language = current_app.config["BABEL_DEFAULT_LOCALE"]
    names = json.loads(NAMES.read_text(encoding="utf-8"))[language]
    members = {f"{language}-{number}@example.com": name for number, name in enumerate(names)}
    are_seeded = Member.email.in_(members)
    known = set(db.session.scalars(select(Member.email).where(are_seeded)))
    db.session.add_all(
        Member(email=email, name=name, canonical_name=canonical_name(name))
        for email, name in members.items()
        if email not in known
    )
    db.session.commit()
    return list(db.session.scalars(select(Member.id).where(are_seeded).order_by(Member.id)))


def add_votes(question_ids: Sequence[int], voters: Sequence[int], choose: random.Random) -> None:
    """Vote on questions and on their answers."""
    answers = select(Answer.id).where(Answer.question_id.in_(question_ids))
    cast_votes(Question, QuestionVote.question_id, question_ids, voters, choose)
    cast_votes(Answer, AnswerVote.answer_id, db.session.scalars(answers).all(), voters, choose)


def cast_votes(
    kind: type[Question | Answer],
    voted_on: InstrumentedAttribute[int],
    ids: Sequence[int],
    voters: Sequence[int],
    choose: random.Random,
) -> None:
    """Let a few vote on each post; its score becomes the sum of its votes."""
    votes = [
        {voted_on.key: post_id, "member_id": voter, "value": choose.choice(OPINIONS)}
        for post_id in ids
        for voter in choose.sample(voters, choose.randint(0, MOST_VOTES))
    ]
    if votes:
        table = voted_on.class_
        db.session.execute(insert(table), votes)
        total = select(func.coalesce(func.sum(table.value), 0)).where(voted_on == kind.id)
        score = update(kind).where(kind.id.in_(ids)).values(score=total.scalar_subquery())
        db.session.execute(score, execution_options={"synchronize_session": False})
