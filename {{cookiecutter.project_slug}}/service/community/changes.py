"""Editing and deleting posts.

Lock a post with `lock_question` or `lock_answer` before you change it. Lock the question of an
answer first: other orders could deadlock. The locks end with the transaction.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from service.board.models import Answer, Question
from service.board.posts import commit_post
from service.database.columns import now
from service.extensions import db

# Some databases lock the rows of a joined table as well. Two requests that lock posts of the same
# two authors could then deadlock.
WITHOUT_JOINS = [lazyload("*")]


def lock_question(question_id: int) -> Question | None:
    """Lock the question's row and return the question, or `None` if it does not exist."""
    return db.session.get(Question, question_id, options=WITHOUT_JOINS, with_for_update=True)


def lock_answer(question_id: int, answer_id: int) -> Answer | None:
    """Lock the answer's row and return the answer, or `None` if the question does not have it.

    Also locks the question against changes: MariaDB would do so when the answer is updated, because
    of the foreign key, and this order could deadlock.
    """
    question = select(Question.id).where(Question.id == question_id)
    db.session.execute(question.with_for_update(read=True))
    answer = db.session.get(Answer, answer_id, options=WITHOUT_JOINS, with_for_update=True)
    return answer if answer and answer.question_id == question_id else None


def update_post(post: Question | Answer, values: Mapping[str, Any]) -> None:
    """Set attributes of a locked post and, if there are any, `updated_at`. Commits."""
    for name, value in values.items():
        setattr(post, name, value)
    if values:
        post.updated_at = now()
    commit_post(post)


def delete_question(question: Question) -> None:
    """Delete a locked question with its answers and all their votes, and commit."""
    db.session.delete(question)
    db.session.commit()


def delete_answer(question: Question, answer: Answer) -> None:
    """Delete an answer, update its question's `answer_count`, and commit. Both must be locked."""
    question.answer_count -= 1
    db.session.delete(answer)
    db.session.commit()
