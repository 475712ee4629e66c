"""The authors and votes of the posts that `seed` adds. The authors' accounts have no password."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

from flask import current_app
from sqlalchemy import insert, select

from service.accounts.models import Member
from service.board.models import Answer, Question
from service.board.vote_models import AnswerVote, QuestionVote
from service.database.columns import now
from service.extensions import db

NAMES_FILE = Path(__file__).with_name("seed_members.json")
# Their posts are from the past year.
MEMBERSHIP = timedelta(days=366)
# Scores are drawn from these values, so that most of them are positive.
SCORES = (-1, 0, 0, 1, 1, 2, 3)


def set_authors_and_scores(posts: Sequence[Question | Answer], rng: Random) -> None:
    """Give each post a random author and score, and set `updated_at` to `created_at`."""
    member_ids = example_member_ids()
    for post in posts:
        post.author_id = rng.choice(member_ids)
        post.score = rng.choice(SCORES)
        post.updated_at = post.created_at


def add_votes(posts: Sequence[Question | Answer], rng: Random) -> None:
    """Add the votes, by random members, that result in the scores of the posts."""
    member_ids = example_member_ids()
    # Rows instead of objects: a large board has more votes than posts.
    votes: dict[type[QuestionVote | AnswerVote], list[dict[str, int]]] = defaultdict(list)
    for post in posts:
        for member_id in rng.sample(member_ids, abs(post.score)):
            model, row = make_vote(post, member_id)
            votes[model].append(row)
    for model, rows in votes.items():
        db.session.execute(insert(model), rows)


def make_vote(
    post: Question | Answer, member_id: int
) -> tuple[type[QuestionVote | AnswerVote], dict[str, int]]:
    """Return the model and the row of a member's vote that has the sign of the post's score."""
    row = {"member_id": member_id, "value": 1 if post.score > 0 else -1}
    if isinstance(post, Question):
        return QuestionVote, {**row, "question_id": post.id}
    return AnswerVote, {**row, "answer_id": post.id}


def example_member_ids() -> list[int]:
    """Return the ids of the example members. Members that do not exist yet are added."""
    language = current_app.config["BABEL_DEFAULT_LOCALE"]
    names = json.loads(NAMES_FILE.read_text("utf-8"))[language]
    members = {f"{language}-{number}@example.com": name for number, name in enumerate(names)}
    is_example = Member.email.in_(members)
    existing = set(db.session.scalars(select(Member.email).where(is_example)))
    db.session.add_all(
        Member(email=email, name=name, created_at=now() - MEMBERSHIP)
        for email, name in members.items()
        if email not in existing
    )
    return list(db.session.scalars(select(Member.id).where(is_example).order_by(Member.id)))
