"""The command `flask --app service seed`: a board that looks as if people had used it."""

import json
import random
from collections.abc import (
    Iterator,
    Sequence,  # [template] if auth
)
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import insert

from service.board.models import Answer, Question
from service.board.seed_members import add_votes, seeded_members  # [template] if auth
from service.core.columns import now
from service.core.database import told_plainly
from service.extensions import db

TEXTS = Path(__file__).with_name("seed.json")
BATCH = 1000
MOST_ANSWERS = 4
SECONDS_BACK = 365 * 24 * 3600


@click.command("seed")
@click.option(
    "--questions",
    type=click.IntRange(1, 10_000_000),
    default=100,
    show_default=True,
    help="How many questions to add.",
)
@with_appcontext
@told_plainly()
def seed(questions: int) -> None:
    """Fill a development database with questions and answers that read like real ones."""
    if current_app.config["APP_ENV"] == "production":
        raise click.ClickException("seed is for development, and APP_ENV is production.")
    texts = json.loads(TEXTS.read_text(encoding="utf-8"))
    # Made up the same way each time: nothing here is a secret.
    author = Author(texts[current_app.config["BABEL_DEFAULT_LOCALE"]], random.Random(questions))  # noqa: S311
    author.member_ids = seeded_members()  # [template] if auth
    with click.progressbar(length=questions, label="Seeding") as progress:
        for start in range(0, questions, BATCH):
            count = min(BATCH, questions - start)
            add_questions(author, count)
            progress.update(count)


def add_questions(author: "Author", count: int) -> None:
    """Add questions with their answers, in one transaction."""
    questions = [author.question() for _ in range(count)]
    db.session.add_all(questions)
    # The database gives the ids, and goes on from them afterwards.
    db.session.flush()
    if answers := [answer for question in questions for answer in author.answers(question)]:
        db.session.execute(insert(Answer), answers)
    add_votes([row.id for row in questions], author.member_ids, author.choose)  # [template] if auth
    db.session.commit()


class Author:
    """Makes up posts out of a language's phrases."""

    # [template] if auth
    member_ids: Sequence[int]
    # [template] endif

    def __init__(self, texts: dict[str, list[str]], choose: random.Random) -> None:
        """Take the phrases, and the chance that chooses among them."""
        self.texts = texts
        self.choose = choose

    def question(self) -> Question:
        """Return a question from some time in the last year, early enough for its answers."""
        seconds_ago = self.choose.randrange(MOST_ANSWERS * 3600, SECONDS_BACK)
        asked_at = now() - timedelta(seconds=seconds_ago)
        return Question(
            title=self._title(),
            body=" ".join(self.choose.sample(self.texts["bodies"], 2)),
            answer_count=self.choose.randint(0, MOST_ANSWERS),
            author_id=self.choose.choice(self.member_ids),  # [template] if auth
            created_at=asked_at,
            updated_at=asked_at,
        )

    def answers(self, question: Question) -> Iterator[dict[str, Any]]:
        """Yield the rows of the answers that the question counts."""
        for hours in range(1, question.answer_count + 1):
            answered_at = question.created_at + timedelta(hours=hours)
            yield {
                "question_id": question.id,
                "body": self.choose.choice(self.texts["answers"]),
                "author_id": self.choose.choice(self.member_ids),  # [template] if auth
                "created_at": answered_at,
                "updated_at": answered_at,
            }

    def _title(self) -> str:
        title = self.choose.choice(self.texts["titles"]).format(
            thing=self.choose.choice(self.texts["things"]),
            goal=self.choose.choice(self.texts["goals"]),
        )
        return title[0].upper() + title[1:]
