"""The author's name as a text of a post in which the search finds words."""

from collections.abc import Sequence

from sqlalchemy import select

from service.accounts.models import Member
from service.board.models import Answer, Question
from service.board.search_index import BATCH_SIZE, index_again
from service.extensions import db
from service.jobs.outbox import enqueue


def author_names(posts: Sequence[Question | Answer]) -> list[str]:
    """Return the name of each post's author, and an empty string for a deleted member."""
    member_ids = {post.author_id for post in posts}
    query = select(Member.id, Member.name).where(Member.id.in_(member_ids))
    rows = db.session.execute(query.where(Member.deleted_at.is_(None)))
    names: dict[int, str] = dict(rows.all())
    return [names.get(post.author_id, "") for post in posts]


def enqueue_new_name(member: Member) -> None:
    """Enqueue the job that indexes the posts of a renamed member again. The caller must commit."""
    enqueue(index_new_name, member_id=member.id)


def index_new_name(member_id: int) -> None:
    """Index the posts of a member again. Commits after each batch. A job."""
    asked = select(Question.id).where(Question.author_id == member_id)
    answered = select(Answer.question_id).where(Answer.author_id == member_id)
    ids = sorted({*db.session.scalars(asked), *db.session.scalars(answered)})
    for start in range(0, len(ids), BATCH_SIZE):
        batch = ids[start : start + BATCH_SIZE]
        index_again(select(Question).where(Question.id.in_(batch)))
