"""The models of the board, which are `db.Model` classes: questions, answers, and their index."""

from sqlalchemy import ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from service.board.rules import IDEMPOTENCY_KEY, TITLE
from service.board.vote_models import MemberPost, accepted_answer_id  # [template] if auth
from service.database import columns
from service.database.full_text import Tokens
from service.extensions import db


class Post(
    MemberPost,  # [template] if auth
    columns.TimestampedModel,
):
    """The columns that questions and answers share."""

    __abstract__ = True

    body: Mapped[str]
    idempotency_key: Mapped[str | None] = mapped_column(
        String(IDEMPOTENCY_KEY.maximum), deferred=True
    )
    # A hash of the values that were submitted with the key.
    idempotency_fingerprint: Mapped[str | None] = mapped_column(String(64), deferred=True)


class Question(Post):
    """A question. `answer_count` is stored, so that a list of questions need not count answers."""

    title: Mapped[str] = mapped_column(String(TITLE.maximum))
    answer_count: Mapped[int] = mapped_column(default=0)
    accepted_answer_id = db.declared_attr(accepted_answer_id)  # [template] if auth


class Answer(Post):
    """An answer to a question. Deleting the question deletes its answers."""

    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"))


class SearchDocument(db.Model):
    """A text in which the search finds words, with the question that it then returns.

    `service/board/search_index.py` keeps these rows up to date.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(
        ForeignKey("question.id", ondelete="CASCADE"), index=True
    )
    # `None` for a text of the question itself.
    answer_id: Mapped[int | None] = mapped_column(
        ForeignKey("answer.id", ondelete="CASCADE"), index=True
    )
    relevance: Mapped[int] = mapped_column(SmallInteger)
    tokens: Mapped[Tokens]


# Requests with the same idempotency key create one post. Clients choose random keys.
# [template] if auth
# A key belongs to the author: members cannot find out which keys others have used.
# [template] endif
for post in (Question, Answer):
    Index(
        None,
        post.idempotency_key,
        post.author_id,  # [template] if auth
        unique=True,
    )
# One index for the order of each list.
Index(None, Question.created_at, Question.id)
Index(None, Question.answer_count, Question.created_at, Question.id)
Index(None, Question.score, Question.created_at, Question.id)  # [template] if auth
Index(None, Question.author_id, Question.created_at, Question.id)  # [template] if auth
Index(None, Answer.question_id, Answer.created_at, Answer.id)
Index(None, Answer.question_id, Answer.score, Answer.created_at, Answer.id)  # [template] if auth
Index(None, Answer.author_id, Answer.created_at, Answer.id)  # [template] if auth
