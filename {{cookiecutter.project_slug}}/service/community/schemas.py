"""The request bodies of the community's API."""

from service.board.schemas import AnswerBody, QuestionBody
from service.community.votes import DOWN, UP
from service.database.columns import MAX_ID
from service.web.api import RequestBodySchema
from service.web.fields import BoundedIntegerField


# The OpenAPI document names a schema after its class.
class QuestionBodyPartial(QuestionBody):
    """The changed fields of a question: instantiate it with `partial=True`."""


class AnswerBodyPartial(AnswerBody):
    """The changed fields of an answer: instantiate it with `partial=True`."""


class VoteBody(RequestBodySchema):
    """A vote: 1, -1, or 0 to remove the member's vote."""

    value = BoundedIntegerField(DOWN, UP, required=True, strict=True)


class AcceptBody(RequestBodySchema):
    """The answer to accept; `null` unaccepts."""

    answer_id = BoundedIntegerField(1, MAX_ID, required=True, allow_none=True, strict=True)
