"""The command `flask --app service seed`, which fills a development database with examples."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from service.board.models import Answer, Question
from service.board.search_index import add_documents
from service.board.seed_members import add_votes, set_authors_and_scores  # [template] if auth
from service.database.columns import now
from service.database.engine import cli_database_errors
from service.extensions import db

TEXTS_FILE = Path(__file__).with_name("seed.json")
BATCH_SIZE = 1_000
MAX_ANSWERS_PER_QUESTION = 6
# A question is from the past year, and its answers, which follow hourly, are not in the future.
AGES = range(MAX_ANSWERS_PER_QUESTION * 3600, 365 * 24 * 3600)
PLACEHOLDER = re.compile(r"\{([a-z]+)\}")

Texts = dict[str, list[str]]


@click.command("seed")
@click.option(
    "--questions",
    type=click.IntRange(1, 10_000_000),
    default=100,
    show_default=True,
    help="The number of questions to add.",
)
@with_appcontext
@cli_database_errors()
def seed(questions: int) -> None:
    """Add example questions and answers to a development database."""
    if current_app.config["APP_ENV"] == "production":
        raise click.ClickException("seed is for development, but APP_ENV is production.")
    texts = json.loads(TEXTS_FILE.read_text("utf-8"))[current_app.config["BABEL_DEFAULT_LOCALE"]]
    # The generator is seeded, so that the same command adds the same texts.
    rng = Random(questions)  # noqa: S311  # The numbers are not secret.
    # The oldest question is added first, as on a real board.
    ages = sorted(rng.choices(AGES, k=questions), reverse=True)
    with click.progressbar(length=questions, label="Seeding") as progress:
        for start in range(0, questions, BATCH_SIZE):
            batch = ages[start : start + BATCH_SIZE]
            add_questions(batch, texts, rng)
            progress.update(len(batch))
    click.echo(f"Added {questions} questions with their answers.")


def add_questions(ages: Sequence[int], texts: Texts, rng: Random) -> None:
    """Add a question of each age in seconds, with its answers, and commit."""
    questions = [make_question(age, texts, rng) for age in ages]
    set_authors_and_scores(questions, rng)  # [template] if auth
    insert_posts(Question, questions)
    answers = [answer for question in questions for answer in make_answers(question, texts, rng)]
    set_authors_and_scores(answers, rng)  # [template] if auth
    insert_posts(Answer, answers)
    add_votes([*questions, *answers], rng)  # [template] if auth
    db.session.commit()


def insert_posts(model: type[Question | Answer], posts: Sequence[Question | Answer]) -> None:
    """Insert posts, set their ids, and index them.

    They do not become part of the session, which would take twice as long.
    """
    last_id = db.session.scalar(select(func.max(model.id))) or 0
    db.session.bulk_save_objects(posts)
    # Posts that others write meanwhile have a fingerprint.
    is_new = (model.id > last_id) & model.idempotency_fingerprint.is_(None)
    new_ids = db.session.scalars(select(model.id).where(is_new).order_by(model.id))
    for post, post_id in zip(posts, new_ids, strict=True):
        post.id = post_id
    add_documents(posts)


def make_question(age: int, texts: Texts, rng: Random) -> Question:
    """Return a question of this age in seconds, not yet in the database."""
    title = fill_in(rng.choice(texts["titles"]), texts, rng)
    body = "\n\n".join(rng.sample(texts["bodies"], 2))
    return Question(
        title=title[0].upper() + title[1:],
        body=fill_in(body, texts, rng),
        answer_count=rng.randint(0, MAX_ANSWERS_PER_QUESTION),
        created_at=now() - timedelta(seconds=age),
    )


def make_answers(question: Question, texts: Texts, rng: Random) -> Iterator[Answer]:
    """Yield as many answers as the question's `answer_count` states, one hour apart."""
    for hours in range(1, question.answer_count + 1):
        yield Answer(
            question_id=question.id,
            body=fill_in(rng.choice(texts["answers"]), texts, rng),
            created_at=question.created_at + timedelta(hours=hours),
        )


def fill_in(text: str, texts: Texts, rng: Random) -> str:
    """Return the text with a random value for each placeholder."""
    return PLACEHOLDER.sub(lambda match: random_value(match[1], texts, rng), text)


def random_value(name: str, texts: Texts, rng: Random) -> str:
    """Return a random value for a placeholder."""
    if name == "version":
        return f"{rng.randint(1, 9)}.{rng.randint(0, 30)}"
    if name == "number":
        return str(rng.randint(1_000, 99_999))
    return rng.choice(texts[f"{name}s"])
