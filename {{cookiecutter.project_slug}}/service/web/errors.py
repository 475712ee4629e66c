"""The error handlers, which return every error as a page or as JSON (RFC 9457)."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

import structlog
from flask import (
    Flask,
    Response,
    current_app,
    got_request_exception,
    make_response,
    render_template,
    request,
)
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import (
    BadHost,
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
)

from service.database.engine import database_error_reason, is_outage, remove_db_session
from service.operations.logs import record_invalid_fields, request_id
from service.web.validation_errors import field_errors, invalid_fields

log = structlog.get_logger()

RETRY_AFTER_SECONDS = 5
# A small body can have thousands of invalid fields, and an error is longer than its field.
MAX_ERRORS = 20

MESSAGES = {
    400: _l("The request could not be understood."),
    404: _l("Page not found."),
    405: _l("Method not allowed."),
    412: _l("The resource has changed. Fetch it again and repeat your change."),
    413: _l("The request is too large."),
    415: _l("Send JSON, with the header “Content-Type: application/json”."),
    422: _l("Some fields are invalid."),
    500: _l("Something went wrong. The error has been logged."),
    503: _l("The service is temporarily unavailable. Try again in a few seconds."),
}
# In place of those for pages.
API_MESSAGES = {404: _l("Resource not found.")}
DEFAULT_MESSAGE = _l("The request failed.")
# What to do next. The messages of the other statuses say it themselves.
ADVICE = {
    400: _l("Go back, reload the page, and try again."),
    403: _l("Only its author can do this."),
    404: _l("It may have been deleted, or the address is incomplete. Try a search:"),
    405: _l("Go back, and use the links and buttons of the page."),
    422: _l("Correct the address, or start again from the home page."),
    500: _l("Try again. If it fails again, tell the administrator the request ID below."),
}


def init_app(app: Flask) -> None:
    """Register the error handlers of all pages and endpoints, like `@app.errorhandler`.

    In debug mode, unexpected exceptions have no handler, so that they reach Flask's debugger.
    """
    app.register_error_handler(HTTPException, handle_http_exception)
    app.register_error_handler(SecurityError, handle_untrusted_host)
    app.register_error_handler(BadHost, handle_untrusted_host)
    app.register_error_handler(SQLAlchemyError, handle_database_error)
    if not app.debug:
        app.register_error_handler(Exception, handle_unexpected_error)


def with_detail(
    error: HTTPException,
    message: str | LazyString,
    *,
    messages: Mapping[str, Any] | None = None,
    **extensions: object,
) -> HTTPException:
    """Set the message that the user sees, in the language of the request, and return the error.

    `messages` are the errors of fields as webargs reports them, for example
    `{"json": {"title": ["This field is required."]}}`. Other keyword arguments become extension
    members of the JSON (RFC 9457, section 3.2).
    """
    error.description = str(message)
    # Webargs stores the errors of a request in the same attribute.
    error.data = {"messages": messages or {}, "extensions": extensions}  # type: ignore[attr-defined]
    return error


def handle_http_exception(error: HTTPException) -> Response:
    """Return the error as JSON or as a page, with the headers of the exception."""
    return json_response(error) if wants_json() else page_response(error)


def handle_untrusted_host(_error: SecurityError | BadHost) -> Response:
    """Return 400 as JSON, because the links on a page would need a valid host.

    A new error replaces the original one, whose message contains the host.
    """
    return json_response(SecurityError())


def handle_database_error(error: SQLAlchemyError) -> Response:
    """Return 503 if the database is unavailable; handle any other error as an unexpected one.

    In debug mode, other errors are raised again, so that they reach Flask's debugger.
    """
    if not is_outage(error):
        if current_app.debug:
            raise error
        return handle_unexpected_error(error)
    remove_db_session()
    log.error("database_unavailable", reason=database_error_reason(error))
    return handle_http_exception(ServiceUnavailable())


def handle_unexpected_error(error: Exception) -> Response:
    """Log the traceback, and return 500. The response does not reveal the cause."""
    remove_db_session()
    log.error("unhandled_exception", exc_info=error)
    # Error reports need this signal, which Flask sends only for exceptions without a handler.
    sender = current_app._get_current_object()  # type: ignore[attr-defined]  # Documented in Flask, "Signals".
    got_request_exception.send(sender, exception=error)
    return handle_http_exception(InternalServerError())


def wants_json() -> bool:
    """Return whether the path of the request belongs to the API or the health checks."""
    return request.path.startswith(("/api/", "/healthz", "/readyz"))


def page_response(error: HTTPException) -> Response:
    """Return the error as a page, with the errors of the parameters of the query string.

    It is rendered without the database, which may be unavailable.
    """
    page = render_template(
        "error.html",
        status=error.code,
        message=error_message(error),
        advice=error_advice(error),
        field_errors=field_errors(getattr(error, "data", {}).get("messages", {})),
        request_id=request_id(),
    )
    return error_response(page, error)


def json_response(error: HTTPException) -> Response:
    """Return the error as problem details (RFC 9457), with at most `MAX_ERRORS` field errors."""
    data = getattr(error, "data", {})
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(error.code or 500).phrase,
        "status": error.code,
        "detail": error_message(error),
        "instance": f"urn:request:{request_id()}",
        **data.get("extensions", {}),
    }
    if messages := data.get("messages"):
        problem["errors"] = list(islice(field_errors(messages), MAX_ERRORS))
    # A field name may contain a lone surrogate, which UTF-8 cannot encode but JSON can escape.
    body = json.dumps(problem, ensure_ascii=False).encode(errors="backslashreplace")
    response = error_response(body, error)
    response.mimetype = "application/problem+json"
    return response


def error_response(body: str | bytes, error: HTTPException) -> Response:
    """Return a response with the status and headers of the error, and record invalid fields.

    No cache may store the response.
    """
    data = getattr(error, "data", {})
    if messages := data.get("messages"):
        record_invalid_fields(invalid_fields(messages, data.get("schema")))
    # The exception sets headers such as `Allow`.
    response = make_response(error.get_response())
    response.set_data(body)
    response.headers["Cache-Control"] = "no-store"
    if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def error_advice(error: HTTPException) -> LazyString | None:
    """Return what to do next; `None` if the message of the error says it.

    An error with a code is about one cause, to which the general advice may not apply.
    """
    if "code" in getattr(error, "data", {}).get("extensions", {}):
        return None
    if error.code == HTTPStatus.BAD_REQUEST and error_message(error) != str(MESSAGES[400]):
        return None
    return ADVICE.get(error.code or 500)


def error_message(error: HTTPException) -> str:
    """Return the description that was passed to the exception, or the message for its status."""
    if error.description is not None and error.description is not type(error).description:
        return error.description
    messages = {**MESSAGES, **API_MESSAGES} if wants_json() else MESSAGES
    return str(messages.get(error.code or 500, DEFAULT_MESSAGE))
