"""The board in JSON: what the API takes and what it gives."""

from marshmallow import Schema, fields

from service.board.posts import Sort
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
    """Which part of a list is asked for."""

    after = CursorField(load_default=None)
    limit = WholeNumberField(1, MAXIMUM_LIMIT, load_default=PAGE_SIZE)


class QuestionsQuery(PageQuery):
    """Which questions are asked for, and in which order."""

    q = TextField(SEARCH, load_default="")
    sort = ChoiceField(Sort, by_value=True, load_default=Sort.NEWEST)


class QuestionSchema(RowSchema):
    """A question as the API shows it."""

    id = fields.Integer()
    title = fields.String()
    body = fields.String()
    answer_count = fields.Integer()
    created_at = fields.DateTime()
    updated_at = fields.DateTime()


class AnswerSchema(RowSchema):
    """An answer as the API shows it."""

    id = fields.Integer()
    question_id = fields.Integer()
    body = fields.String()
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
