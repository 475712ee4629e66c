"""The community in JSON: what the API takes."""

from service.board.rules import BODY, TITLE
from service.community.votes import DOWN, UP
from service.core.api import StrictSchema
from service.core.fields import WholeNumberField
from service.core.ids import LARGEST_ID
from service.core.text import TextField


class QuestionChange(StrictSchema):
    """What is sent to change a question; what is left out stays."""

    title = TextField(TITLE)
    body = TextField(BODY)


class AnswerChange(StrictSchema):
    """What is sent to change an answer."""

    body = TextField(BODY)


class VoteBody(StrictSchema):
    """What is sent to vote: 1, -1, or 0 to take a vote back."""

    value = WholeNumberField(DOWN, UP, required=True, strict=True)


class AcceptBody(StrictSchema):
    """What is sent to accept an answer; null takes the acceptance back."""

    answer_id = WholeNumberField(1, LARGEST_ID, required=True, allow_none=True, strict=True)
