"""Logging with structlog: one line per event on standard error, with the id of its request.

Security events have the names and levels of the OWASP Logging Vocabulary Cheat Sheet.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from http import HTTPStatus
from secrets import token_hex
from time import perf_counter
from typing import Any

import structlog
from flask import Flask, Response, g, request

from service.operations.redaction import (
    escape_event,
    escape_unprintable,
    logged_path,
    mask_credentials,
)

SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Requests to these endpoints are frequent and rarely of interest; their level is DEBUG.
QUIET_ENDPOINTS = ("healthz", "readyz", "static")
INVALID_INPUT_STATUSES = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Configure logging, and log every request."""
    configure(app.config["LOG_FORMAT"], app.config["LOG_LEVEL"])
    app.before_request(begin_request)
    # Flask calls `after_request` functions in reverse order.
    app.after_request(log_request)
    app.after_request(log_invalid_input)
    app.after_request(add_request_id)
    app.teardown_request(clear_log_context)


def configure(log_format: str, level: str) -> None:
    """Write the log of the whole process to standard error, as `json` or as `text`.

    Events of structlog and records of the standard library have the same format (structlog,
    "Standard Library Logging", "Rendering Using structlog-based Formatters Within logging").
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_credentials,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *renderers(log_format),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # The development server writes to the terminal in its own format.
    logging.getLogger("werkzeug").propagate = False


def renderers(log_format: str) -> list[structlog.typing.Processor]:
    """Return the processors that render an event as a line of JSON, or as text for a terminal."""
    if log_format == "json":
        return [structlog.processors.JSONRenderer(serializer=to_json)]
    return [
        escape_event,
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            repr_native_str=True,
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]


def to_json(event: structlog.typing.EventDict, **options: Any) -> str:
    """Return the event as one line of JSON; only unprintable characters are escaped."""
    return escape_unprintable(json.dumps(event, ensure_ascii=False, **options))


def request_id() -> str:
    """Return the id of the current request, or an empty string outside of a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def begin_request() -> None:
    """Bind an id to the log entries of the request: the client's if it is safe, else a new one.

    The log and the metrics measure the duration of the request from here.
    """
    sent_id = request.headers.get("X-Request-ID", "")
    structlog.contextvars.bind_contextvars(
        request_id=sent_id if SAFE_REQUEST_ID.fullmatch(sent_id) else token_hex(16)
    )
    g.request_started = perf_counter()


def clear_log_context(_error: BaseException | None) -> None:
    """Remove the request id from what this thread logs after the request."""
    structlog.contextvars.clear_contextvars()


def add_request_id(response: Response) -> Response:
    """Add the request id to the response, as the header `X-Request-ID`."""
    response.headers["X-Request-ID"] = request_id()
    return response


def record_invalid_fields(names: Iterable[str]) -> None:
    """Record the names of this request's invalid fields for the event `input_validation_fail`."""
    g.invalid_fields = sorted(names)


def log_invalid_input(response: Response) -> Response:
    """Log a request with invalid input: the names of the fields, without their values."""
    if response.status_code in INVALID_INPUT_STATUSES:
        log.warning("input_validation_fail", path=logged_path(), fields=g.get("invalid_fields", []))
    return response


def log_request(response: Response) -> Response:
    """Log the request, without the query string, which may contain personal data."""
    # The development server logs its requests itself.
    if "werkzeug.socket" not in request.environ:
        is_quiet = (request.endpoint or "").endswith(QUIET_ENDPOINTS)
        log.log(
            logging.DEBUG if is_quiet else logging.INFO,
            "request",
            method=request.method,
            path=logged_path(),
            status=response.status_code,
            milliseconds=round((perf_counter() - g.request_started) * 1000, 1),
        )
    return response
