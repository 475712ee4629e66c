"""The log: one line an event on standard error, each with the id of its request.

Security events have the names and levels of OWASP's Logging Vocabulary Cheat Sheet.
"""

import logging
import re
import sys
from http import HTTPStatus
from secrets import token_hex
from time import perf_counter

import structlog
from flask import Flask, Response, g, has_request_context, request
from flask.logging import default_handler
from structlog.typing import EventDict

from service.core.clients import client_identity
from service.core.redaction import mask_secrets, quote_controls

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = ("healthz", "readyz", "static")
NOT_UNDERSTOOD = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Log every request, and everything that the libraries log, in the chosen format."""
    configure(app.config["LOG_FORMAT"], app.config["LOG_LEVEL"])
    app.before_request(open_request)
    app.after_request(close_request)


def configure(log_format: str, level: str) -> None:
    """Send the whole process's log to standard error, as `json` or as `text` for people."""
    # In ASCII: beyond it, too, are characters that end a line or steer a terminal.
    renderers: list[structlog.types.Processor] = [structlog.processors.JSONRenderer()]
    if log_format == "text":
        renderers = [
            quote_controls,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                repr_native_str=True,
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ]
    common: list[structlog.types.Processor] = [
        add_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    # Our own events do not take the way through `logging`, which costs three times as much.
    structlog.configure(
        processors=[*common, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    default_handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[default_handler], level=level, force=True)
    logging.getLogger("werkzeug").addFilter(is_no_request)


def add_request(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Add the id of the request, and who acts, to an event of ours or of a library."""
    if not has_request_context():
        return event
    return {**event, "request_id": g.get("request_id"), **client_identity()}


def is_no_request(record: logging.LogRecord) -> bool:
    """Return whether the development server says something that `close_request` does not."""
    return " - - [" not in record.getMessage()


def open_request() -> None:
    """Give the request an id: the caller's, where it is a safe one, else a new one."""
    said = request.headers.get("X-Request-ID", "")
    g.request_id = said if REQUEST_ID.fullmatch(said) else token_hex(16)
    g.started = perf_counter()


def close_request(response: Response) -> Response:
    """Tell the caller the id, and write the request's line.

    The path is logged without the query, which may hold what people search for, and of wrong
    input only where it is wrong. Probes and files come too often to be of interest: their lines
    are of level DEBUG.
    """
    response.headers["X-Request-ID"] = g.request_id
    if response.status_code in NOT_UNDERSTOOD:
        log.warning("input_validation_fail", path=request.path, fields=g.get("wrong_fields", []))
    level = logging.DEBUG if (request.endpoint or "").endswith(QUIET) else logging.INFO
    if not logging.root.isEnabledFor(level):
        return response
    log.log(
        level,
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        milliseconds=round((perf_counter() - g.started) * 1000, 1),
    )
    return response
