"""Conditional requests: ETags, and the validation of dates (RFC 9110, section 13)."""

from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, PreconditionFailed
from werkzeug.http import parse_date

# The WSGI names, because `request.headers` would take longer on every request.
DATE_HEADERS = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_IF_RANGE")


def init_app(app: Flask) -> None:
    """Reject conditional requests whose date cannot be represented."""
    app.before_request(reject_impossible_dates)


def reject_impossible_dates() -> None:
    """Raise 400 for a date with a number that is too large for Python.

    Werkzeug ignores other invalid dates, but fails for these, also when it sends a static file.
    """
    for name in DATE_HEADERS:
        try:
            parse_date(request.environ.get(name))
        except OverflowError as error:
            raise BadRequest from error


def add_etag(response: Response) -> Response:
    """Add an ETag, a hash of the content; return 304 if the client of a GET request has it.

    Raises 412 for a GET request with `If-Match` and another ETag.
    """
    response.add_etag()
    response.make_conditional(request)
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise PreconditionFailed
    return response
