"""Changing and deleting posts.

Whoever acts on a post locks it first, with `lock_question` or `lock_answer`, until the end of the
transaction: so nothing is done to a post that is just being deleted, and nothing is counted
twice. Where rows have no locks, one transaction writes at a time, which does the same.
"""

from collections.abc import Mapping

from sqlalchemy import delete

from service.board.models import Answer, Question
from service.core.columns import now
from service.extensions import db


def lock_question(question_id: int) -> Question | None:
    """Return the question, locked; None where there is none."""
    return db.session.get(Question, question_id, with_for_update=True)


def lock_answer(question_id: int, answer_id: int) -> Answer | None:
    """Return the answer, locked, if it is one to this question; else None."""
    answer = db.session.get(Answer, answer_id, with_for_update=True)
    return answer if answer and answer.question_id == question_id else None


def change(post: Question | Answer, words: Mapping[str, str]) -> None:
    """Give a post new words; what is not named stays."""
    for name, text in words.items():
        setattr(post, name, text)
    if words:
        post.updated_at = now()
    db.session.commit()


def delete_question(question: Question) -> None:
    """Delete a question; the database deletes its answers, and the votes on all of them."""
    db.session.execute(delete(Question).where(Question.id == question.id))
    db.session.commit()


def delete_answer(question: Question, answer: Answer) -> None:
    """Delete an answer, and let its question, which is locked too, count one less."""
    question.answer_count -= 1
    db.session.execute(delete(Answer).where(Answer.id == answer.id))
    db.session.commit()
