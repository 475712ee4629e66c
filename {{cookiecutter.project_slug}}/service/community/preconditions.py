"""The precondition of a change: `If-Match` (RFC 9110, section 13.1.1)."""

from typing import Any

from flask import jsonify, request
from marshmallow import Schema
from werkzeug.exceptions import PreconditionFailed

from service.board.markdown import render_cached
from service.board.models import Answer, Question


def check_if_match(schema: Schema, post: Question | Answer) -> None:
    """Raise 412 if the request has `If-Match` without an ETag of the post.

    Lock the post first: then no other request can change it after the comparison. The ETag may be
    that of a response with or without `body_html`. A weak one, or one without quotes, does not
    match.
    """
    if "If-Match" not in request.headers:
        return
    with_html = {**dict.fromkeys(schema.dump_fields), **schema.dump(post)}
    with_html["body_html"] = render_cached(post.body)
    without_html = {name: value for name, value in with_html.items() if name != "body_html"}
    if not any(etag(content) in request.if_match for content in (with_html, without_html)):
        raise PreconditionFailed


def etag(content: dict[str, Any]) -> str:
    """Return the ETag of a response with this JSON."""
    response = jsonify(content)
    response.add_etag()
    return str(response.get_etag()[0])
