"""Every error a client can see: `application/problem+json` for programs, a page for people."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import (
    Flask,
    Response,
    g,
    got_request_exception,
    make_response,
    render_template,
    request,
)
from flask.globals import request_ctx
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from marshmallow import Schema
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from service.core.database import reason
from service.core.logs import log, request_id
from service.extensions import db

RETRY_AFTER_SECONDS = 5

OUTAGES = (
    OperationalError,
    InterfaceError,
    # What one driver calls it when the database may only be read.
    InternalError,
    PoolTimeoutError,
    # Of tables older than the code: it is over when they are new.
    ProgrammingError,
)

# What each status tells a person, and what they can do about it.
SENTENCES = {
    400: _l("This request cannot be read."),
    404: _l("There is nothing here. The address may be mistyped, or what was here is gone."),
    405: _l("This address does not do that."),
    413: _l("That was too much at once. Send less."),
    415: _l("Send JSON, with the header “Content-Type: application/json”."),
    422: _l("Some of this is not right yet."),
    429: _l("That was too often. Wait a minute, and try again."),
    500: _l("Something went wrong on our side. It has been written down."),
    503: _l("The service is busy or being looked after. Try again in a few seconds."),
}
ANYTHING_ELSE = _l("This did not work.")


def init_app(app: Flask) -> None:
    """Answer each error in one place; what nobody foresaw becomes 500 and is logged."""
    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(Exception, answer_unforeseen)
    for outage in OUTAGES:
        app.register_error_handler(outage, answer_outage)


def saying(error: HTTPException, sentence: LazyString, **more: object) -> HTTPException:
    """Return the error with a sentence of its own for the reader.

    `code` is a word for programs; `messages` are entries for wrong fields, as webargs has them.
    """
    vars(error)["data"] = {"sentence": sentence, **more}
    return error


def answer(error: HTTPException) -> Response:
    """Return the error in the form that the client reads, with the headers it came with."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error)
    g.wrong_fields = wrong_fields(getattr(error, "data", {}))
    body = problem(error, error.code) if wants_data() else page(error, error.code)
    response = make_response(body, error.code)
    response.headers.extend(
        (name, value) for name, value in error.get_headers() if name != "Content-Type"
    )
    response.headers["Cache-Control"] = "no-store"
    if wants_data():
        response.mimetype = "application/problem+json"
    if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def answer_outage(error: Exception) -> Response:
    """Return 503: the database is away, or too busy to answer in time."""
    db.session.rollback()
    log.error("database_unavailable", reason=reason(error))
    return answer(ServiceUnavailable())


def answer_unforeseen(error: Exception) -> Response:
    """Return 500 without a word about the cause, which is logged."""
    db.session.rollback()
    log.error("unforeseen_error", exc_info=error)
    # As Flask does where nobody answers the error: somebody may be listening.
    got_request_exception.send(request_ctx.app, exception=error)
    return answer(InternalServerError())


def wants_data() -> bool:
    """Return whether the client of this request is a program.

    So is one that asks for another host: no page of ours could link to anything there.
    """
    is_elsewhere = request_ctx.url_adapter is None
    return is_elsewhere or request.path.startswith(("/api/", "/healthz", "/readyz"))


def problem(error: HTTPException, status: int) -> str:
    """Return the error as a problem detail (RFC 9457), with an entry for each wrong field."""
    details: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(sentence(error, status)),
        "instance": f"urn:request:{request_id.get()}",
    }
    told = getattr(error, "data", {})
    if code := told.get("code"):
        details["code"] = code
    if messages := told.get("messages"):
        details["errors"] = list(entries(messages))
    # In ASCII: a field may be named after half a character, which no encoding writes.
    return json.dumps(details)


def entries(messages: dict[str, dict[str, list[object]]]) -> Iterator[dict[str, str]]:
    """Yield what is wrong, field by field: `pointer` into the body, else the `parameter`."""
    for place, wrong_fields in messages.items():
        for field, sentences in wrong_fields.items():
            name = "" if field == "_schema" else field
            where = {"pointer": f"/{name}"} if place == "json" else {"parameter": name}
            for sentence in sentences:
                yield {**where, "detail": str(sentence)}


def wrong_fields(told: dict[str, Any]) -> list[str]:
    """Return what the wrong fields are called, for the log; not what the client made up."""
    schema: Schema | None = told.get("schema")
    names = {name for fields in told.get("messages", {}).values() for name in fields}
    if not schema:
        return sorted(names)
    known = {"_schema", *(field.data_key or name for name, field in schema.fields.items())}
    return sorted({name if name in known else "unknown" for name in names})


def page(error: HTTPException, status: int) -> str:
    """Return the error as a page. It asks nothing of the database, which may be what failed."""
    return render_template(
        "error.html",
        status=status,
        sentence=sentence(error, status),
        request_id=request_id.get(),
    )


def sentence(error: HTTPException, status: int) -> LazyString:
    """Return what the error tells a person: its own sentence, else that of its status."""
    own: LazyString | None = getattr(error, "data", {}).get("sentence")
    return own or SENTENCES.get(status, ANYTHING_ELSE)
