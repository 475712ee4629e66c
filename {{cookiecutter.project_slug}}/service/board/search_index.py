"""The index of the search: which texts of a post it contains, and how it is kept up to date."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

import click
from flask import Config, Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import ColumnElement, Select, String, delete, event, exists, func, insert, select
from sqlalchemy import inspect as inspect_object
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, lazyload

from service.board.models import Answer, Post, Question, SearchDocument
from service.database.engine import cli_database_errors, remove_db_session
from service.extensions import db
from service.operations.doctor import Check, add_check
from service.search.highlight import highlight
from service.search.words import tokenize

# Each token starts with the number of a block of questions, so that the index can be read block by
# block, from the newest questions to older ones, until there are enough matches. A common word
# would otherwise take seconds on a large board.
BLOCK_SIZE = 5_000
BLOCK_DIGITS = 5
BATCH_SIZE = 500
# Some databases lock the rows of a joined table as well, so that two requests could deadlock.
WITHOUT_JOINS = [lazyload("*")]


class Relevance(IntEnum):
    """The text of a question that matches a search. A higher value ranks first."""

    ANSWER = 1
    QUESTION = 2
    TITLE = 3


def init_app(app: Flask) -> None:
    """Register `rebuild-search`, a check, a template filter, and a list of functions.

    Each function takes posts and returns a further text of each. Other packages add theirs.
    """
    app.extensions["post_texts"] = []
    add_check(
        app, Check("the search finds all questions and answers", check_index, needs_server=True)
    )
    app.cli.add_command(rebuild_search)
    app.jinja_env.filters["highlight"] = highlight


@event.listens_for(db.session, "after_flush")
def update_index(session: Session, _context: object) -> None:
    """Index the posts that were added or edited, in the same transaction.

    The documents of a deleted post are deleted by their foreign keys.
    """
    added = [item for item in session.new if isinstance(item, Post)]
    edited = [item for item in session.dirty if isinstance(item, Post) and has_new_text(item)]
    for post in edited:
        session.execute(delete(SearchDocument).where(is_document_of(post)))
    add_documents([*added, *edited])


def has_new_text(post: Post) -> bool:
    """Return whether a text of the post has been changed since it was loaded."""
    state: Any = inspect_object(post)
    return any(
        state.attrs[attribute.key].history.has_changes()
        for attribute in state.mapper.column_attrs
        if isinstance(attribute.columns[0].type, String)
    )


def is_document_of(post: Post) -> ColumnElement[bool]:
    """Return the SQL condition for the documents of a post, without those of its answers."""
    if isinstance(post, Answer):
        return SearchDocument.answer_id == post.id
    return (SearchDocument.question_id == post.id) & SearchDocument.answer_id.is_(None)


def add_documents(posts: Sequence[Post]) -> None:
    """Add the documents of posts that have none."""
    if not posts:
        return
    columns = [further_texts(posts) for further_texts in current_app.extensions["post_texts"]]
    rows = [
        row
        for post, *texts in zip(posts, *columns, strict=True)
        for row in make_documents(post, [post.body, *texts])
    ]
    connection, statement = db.session.connection(), insert(SearchDocument)
    # With RETURNING, SQLAlchemy inserts many rows with one statement. SQLite writes its full-text
    # index to the file at each statement.
    if connection.dialect.insert_executemany_returning:
        statement = statement.returning(SearchDocument.id)
    connection.execute(statement, rows)


def make_documents(post: Post, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of `SearchDocument` for a post: two for a question, one for an answer.

    `texts` are those of the post without its title.
    """
    if isinstance(post, Question):
        yield make_document(post.id, None, Relevance.TITLE, [post.title])
        yield make_document(post.id, None, Relevance.QUESTION, [post.title, *texts])
    elif isinstance(post, Answer):
        yield make_document(post.question_id, post.id, Relevance.ANSWER, texts)


def make_document(
    question_id: int, answer_id: int | None, relevance: Relevance, texts: Sequence[str]
) -> dict[str, Any]:
    """Return a row of `SearchDocument`."""
    prefix = block_prefix(question_id // BLOCK_SIZE)
    tokens = " ".join([prefix + token for text in texts for token in tokenize(text)])
    row = {"question_id": question_id, "answer_id": answer_id, "relevance": relevance}
    return {**row, "tokens": tokens}


def block_prefix(block: int) -> str:
    """Return the characters with which each token of a block starts.

    They also make each token longer than InnoDB requires, and different from its stop words.
    """
    return f"{block:0{BLOCK_DIGITS}x}"


def check_index(_config: Config) -> Iterator[str]:
    """Yield a problem if the index has no document of a question or of an answer."""
    references = ((Question, SearchDocument.question_id), (Answer, SearchDocument.answer_id))
    try:
        is_incomplete = any(
            db.session.scalar(select(exists(model.id).where(~exists().where(column == model.id))))
            for model, column in references
        )
    except SQLAlchemyError:
        # Other checks report a missing table, and a database that does not respond.
        remove_db_session()
        return
    if is_incomplete:
        yield "Some posts are missing in its index. Run: flask --app service rebuild-search"


@click.command("rebuild-search")
@with_appcontext
@cli_database_errors()
def rebuild_search() -> None:
    """Rebuild the search index. The service can run meanwhile."""
    total = db.session.scalar(select(func.count(Question.id))) or 0
    last_id: int | None = 0
    with click.progressbar(length=total, label="Indexing questions") as progress:
        while last_id is not None:
            count, last_id = rebuild_batch(last_id)
            progress.update(count)
    click.echo(f"Indexed {total} questions with their answers.")


def rebuild_batch(after_id: int) -> tuple[int, int | None]:
    """Index the next questions by id with their answers, and commit.

    Returns the number of questions and the last id, `None` after the last batch.
    """
    ids = index_again(select(Question).where(Question.id > after_id).limit(BATCH_SIZE))
    return len(ids), ids[-1] if ids else None


def index_again(query: Select[Question]) -> list[int]:
    """Index the questions of a query again, with their answers, and commit; return their ids.

    The posts are locked until the commit, so that no edit is lost.
    """
    batch = query.order_by(Question.id).options(*WITHOUT_JOINS).with_for_update()
    questions = db.session.scalars(batch).all()
    ids = [question.id for question in questions]
    its_answers = select(Answer).where(Answer.question_id.in_(ids))
    answers = db.session.scalars(its_answers.options(*WITHOUT_JOINS).with_for_update()).all()
    db.session.execute(delete(SearchDocument).where(SearchDocument.question_id.in_(ids)))
    add_documents([*questions, *answers])
    db.session.commit()
    db.session.expunge_all()
    return ids
