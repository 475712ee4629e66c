"""Responses that the blueprints of accounts share: `no-store`, and the 429 of a lockout."""

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import TooManyRequests

from service.accounts.login_throttle import TooManyAttemptsError
from service.web.errors import handle_http_exception, with_detail

TOO_MANY_ATTEMPTS = _l("Too many attempts. Try again later.")


def add_no_store(response: Response) -> Response:
    """Forbid caching: responses contain tokens or personal data (RFC 6749, section 5.1)."""
    response.headers["Cache-Control"] = "no-store"
    return response


def handle_too_many_attempts(error: TooManyAttemptsError) -> ResponseReturnValue:
    """Return 429 with `Retry-After`."""
    http_error = TooManyRequests(retry_after=error.seconds)
    return handle_http_exception(with_detail(http_error, TOO_MANY_ATTEMPTS))
