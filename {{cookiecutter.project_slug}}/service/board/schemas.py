"""The board in JSON: what the API takes and what it gives."""

from marshmallow import Schema, fields

from service.board.authors import AuthorField  # [template] if auth
from service.board.posts import ANSWERS, NEWEST, QUESTIONS, Sort
from service.board.rules import BODY, SEARCH, SUBMISSION, TITLE
from service.core.api import RowSchema, StrictSchema
from service.core.cursors import CursorField
from service.core.fields import ChoiceField, WholeNumberField
from service.core.text import TextField

MAXIMUM_LIMIT = 100
PAGE_SIZE = 20


class QuestionBody(StrictSchema):
    """What is sent to ask."""

    title = TextField(TITLE, required=True)
    body = TextField(BODY, required=True)


class AnswerBody(StrictSchema):
    """What is sent to answer."""

    body = TextField(BODY, required=True)


class Submission(Schema):
    """The header that makes a request safe to send twice: the same again makes nothing new."""

    submission = TextField(SUBMISSION, data_key="Idempotency-Key", load_default=None)


class PageQuery(Schema):
    """How much of a list is asked for."""

    limit = WholeNumberField(1, MAXIMUM_LIMIT, load_default=PAGE_SIZE)


class QuestionsQuery(PageQuery):
    """Which questions are asked for, and in which order."""

    after = CursorField(
        lambda query: QUESTIONS.get(query.get("sort", ""), NEWEST).order, load_default=None
    )
    q = TextField(SEARCH, load_default="")
    sort = ChoiceField(Sort, by_value=True, load_default=Sort.NEWEST)


class AnswersQuery(PageQuery):
    """Which answers are asked for."""

    after = CursorField(lambda _query: ANSWERS.order, load_default=None)


class QuestionSchema(RowSchema):
    """A question as the API shows it."""

    id = fields.Integer()
    title = fields.String()
    body = fields.String()
    # [template] if auth
    author = AuthorField()
    score = fields.Integer()
    accepted_answer_id = fields.Integer(allow_none=True)
    # [template] endif
    answer_count = fields.Integer()
    created_at = fields.DateTime()
    updated_at = fields.DateTime()


class AnswerSchema(RowSchema):
    """An answer as the API shows it."""

    id = fields.Integer()
    question_id = fields.Integer()
    body = fields.String()
    # [template] if auth
    author = AuthorField()
    score = fields.Integer()
    # [template] endif
    created_at = fields.DateTime()
    updated_at = fields.DateTime()


class QuestionPage(Schema):
    """A part of the list of questions."""

    items = fields.Nested(QuestionSchema, many=True)
    next = fields.String(allow_none=True)


class AnswerPage(Schema):
    """A part of the list of answers."""

    items = fields.Nested(AnswerSchema, many=True)
    next = fields.String(allow_none=True)
