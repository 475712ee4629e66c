"""The schemas of the board's API. The pages use those of the query parameters as well."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext
from marshmallow import Schema, ValidationError, fields, missing, post_load, validates_schema

from service.accounts.schemas import AuthorSchema  # [template] if auth
from service.board.markdown import render_cached
from service.board.models import Post
from service.board.posts import ANSWER_SORTS, QUESTION_SORTS, SEARCH_SORTS, Sort
from service.board.rules import BODY, IDEMPOTENCY_KEY, SEARCH, TITLE
from service.database.columns import MAX_ID
from service.database.pagination import Order, PageRequest
from service.web.api import ModelSchema, RequestBodySchema, ResponseSchema
from service.web.fields import BoundedIntegerField, ChoiceField, CursorField, TextField
from service.web.languages import N_

MAX_PAGE_SIZE = 100
PAGE_SIZE = 20
RENDER_HTML = "html"

TITLE_EXAMPLE = {"examples": ["How do I start the server?"]}
BODY_EXAMPLE = {"examples": ["Run `flask --app service run`."]}
BODY_HTML_EXAMPLE = {
    "type": "string",
    "examples": ["<p>Run <code>flask --app service run</code>.</p>\n"],
}
CURSOR_EXAMPLE = {"examples": ["1769851800.17"]}
AFTER_DESCRIPTION = {"description": N_("The cursor “next” of a page. Returns the page after it.")}
BEFORE_DESCRIPTION = {
    "description": N_("The cursor “previous” of a page. Returns the page before it.")
}
LIMIT_DESCRIPTION = {"description": N_("The maximum number of items.")}
RENDER_DESCRIPTION = {"description": N_("“html” adds the body as HTML.")}
SORT_DESCRIPTION = {"description": N_("The order of the list.")}
QUESTION_SORT_DESCRIPTION = {
    "description": N_(
        "The order of the list. “relevance” is for searches. “unanswered” omits answered questions."
    )
}
SEARCH_DESCRIPTION = {
    "description": N_(
        "Words that a question or one of its answers must contain. In quotes, they are a phrase."
    )
}
IS_COMPLETE_DESCRIPTION = {
    "description": N_("“false” if a search has not reached the oldest questions.")
}


class QuestionBody(RequestBodySchema):
    """The request body of a question."""

    title = TextField(TITLE, required=True, metadata=TITLE_EXAMPLE)
    body = TextField(BODY, required=True, metadata=BODY_EXAMPLE)


class AnswerBody(RequestBodySchema):
    """The request body of an answer."""

    body = TextField(BODY, required=True, metadata=BODY_EXAMPLE)


class IdempotencyKeyHeader(Schema):
    """The header that makes a repeated request safe: it creates no second post."""

    idempotency_key = TextField(
        IDEMPOTENCY_KEY,
        data_key="Idempotency-Key",
        load_default=None,
        metadata={
            "description": N_("Requests with the same key create one post."),
            "examples": ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
        },
    )


class RenderQuery(Schema):
    """The query parameter that adds `body_html` to each question or answer of a response."""

    render = ChoiceField([RENDER_HTML], load_default=None, metadata=RENDER_DESCRIPTION)


class PageQuery(RenderQuery):
    """The query parameters that all lists share. They are loaded as `page`, a `PageRequest`."""

    limit = BoundedIntegerField(
        1, MAX_PAGE_SIZE, load_default=PAGE_SIZE, metadata=LIMIT_DESCRIPTION
    )

    @validates_schema
    def reject_two_cursors(self, query: dict[str, Any], **_options: Any) -> None:
        """Raise `ValidationError` if a page is to be both after and before a row."""
        if query["after"] and query["before"]:
            raise ValidationError(gettext("Use either “after” or “before”."), "before")

    @post_load
    def make_page_request(self, query: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Return the parameters with the requested page in place of its size and cursor."""
        page = PageRequest(query.pop("limit", PAGE_SIZE), query.pop("after"), query.pop("before"))
        return {**query, "page": page}


def question_sorts(query: Mapping[str, Any]) -> dict[str, Sort]:
    """Return the ways to sort the list of questions with these query parameters."""
    # The query string may be one that is not loaded yet, in which `q` may be missing.
    return SEARCH_SORTS if SEARCH.clean(query.get("q") or "") else QUESTION_SORTS


def question_order(query: Mapping[str, Any]) -> Order:
    """Return the order of the list of questions with these query parameters."""
    sorts = question_sorts(query)
    return sorts.get(query.get("sort", ""), next(iter(sorts.values()))).order


class QuestionsQuery(PageQuery):
    """The query parameters of the list of questions."""

    after = CursorField(question_order, load_default=None, metadata=AFTER_DESCRIPTION)
    before = CursorField(question_order, load_default=None, metadata=BEFORE_DESCRIPTION)
    q = TextField(SEARCH, load_default="", metadata=SEARCH_DESCRIPTION)
    sort = ChoiceField(SEARCH_SORTS, load_default=None, metadata=QUESTION_SORT_DESCRIPTION)

    @post_load
    def set_sort(self, query: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Set the default, also for a sort that only a search can have."""
        sorts = question_sorts(query)
        sort = query["sort"] if query["sort"] in sorts else next(iter(sorts))
        return {**query, "sort": sort}


def answer_order(query: Mapping[str, Any]) -> Order:
    """Return the order of the list of answers with these query parameters."""
    return ANSWER_SORTS.get(query.get("sort", ""), ANSWER_SORTS["oldest"]).order


class AnswersQuery(PageQuery):
    """The query parameters of the list of answers."""

    after = CursorField(answer_order, load_default=None, metadata=AFTER_DESCRIPTION)
    before = CursorField(answer_order, load_default=None, metadata=BEFORE_DESCRIPTION)
    sort = ChoiceField(ANSWER_SORTS, load_default="oldest", metadata=SORT_DESCRIPTION)


class QuestionPageQuery(AnswersQuery):
    """The query parameters of the page of a question. Its answers include `answer`, an id."""

    answer = BoundedIntegerField(1, MAX_ID, load_default=None)


def requested_html(post: Post) -> Any:
    """Return the body as HTML if the query parameter `render` is `html`, otherwise `missing`."""
    return render_cached(post.body) if request.args.get("render") == RENDER_HTML else missing


class PostSchema(ModelSchema):
    """The fields that questions and answers share. `body_html` requires `render=html`."""

    id = fields.Integer()
    body = fields.String(metadata=BODY_EXAMPLE)
    body_html = fields.Function(requested_html, metadata=BODY_HTML_EXAMPLE)
    # [template] if auth
    author = fields.Nested(AuthorSchema)
    score = fields.Integer()
    updated_at = fields.DateTime()
    # [template] endif
    created_at = fields.DateTime()

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Mark every field except `body_html` as required."""
        super().on_bind_field(field_name, field_obj)
        field_obj.required = field_name != "body_html"


class QuestionSchema(PostSchema):
    """A question in a response."""

    title = fields.String(metadata=TITLE_EXAMPLE)
    answer_count = fields.Integer()
    accepted_answer_id = fields.Integer(allow_none=True)  # [template] if auth


class AnswerSchema(PostSchema):
    """An answer in a response."""

    question_id = fields.Integer()


class PageSchema(ResponseSchema):
    """The cursors of a page of a list, `null` if there is no next or previous page."""

    next = fields.String(allow_none=True, metadata=CURSOR_EXAMPLE)
    previous = fields.String(allow_none=True, metadata=CURSOR_EXAMPLE)


class QuestionPageSchema(PageSchema):
    """A page of questions."""

    items = fields.Nested(QuestionSchema, many=True)
    is_complete = fields.Boolean(metadata=IS_COMPLETE_DESCRIPTION)


class AnswerPageSchema(PageSchema):
    """A page of answers."""

    items = fields.Nested(AnswerSchema, many=True)
