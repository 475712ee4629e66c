"""The log: one line an event on standard error, each with the id of its request.

Security events have the names and levels of OWASP's Logging Vocabulary Cheat Sheet.
"""

import logging
import re
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from http import HTTPStatus
from secrets import token_hex
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from click import unstyle
from flask import Flask, g, has_request_context, request
from flask.logging import default_handler
from structlog.typing import EventDict

from service.core.clients import client_identity
from service.core.redaction import mask_secrets, quote_controls

SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = ("healthz", "readyz", "static")
NOT_UNDERSTOOD = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
request_id: ContextVar[str] = ContextVar("request_id")


def init_app(app: Flask) -> None:
    """Log every request, and everything that the libraries log, in the chosen format."""
    configure(app.config["LOG_FORMAT"], app.config["LOG_LEVEL"])
    app.wsgi_app = RequestLog(app.wsgi_app)  # type: ignore[method-assign]  # As Flask tells.


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
    werkzeug = logging.getLogger("werkzeug")
    werkzeug.addFilter(is_no_request)
    werkzeug.addFilter(plain)


def plain(record: logging.LogRecord) -> bool:
    """Take colors and line ends out of what the development server says at its start."""
    record.msg, record.args = " ".join(unstyle(record.getMessage()).split()), ()
    return True


def add_request(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Add the id of the request, and who acts, to an event of ours or of a library."""
    if current_id := request_id.get(None):
        event["request_id"] = current_id
    if has_request_context():
        for name, somebody in client_identity().items():
            event.setdefault(name, somebody)
    return event


def is_no_request(record: logging.LogRecord) -> bool:
    """Return whether the development server says something that `log_request` does not."""
    return " - - [" not in record.getMessage()


class RequestLog:
    """The application, with an id for each request and a line in the log for each response."""

    def __init__(self, application: WSGIApplication) -> None:
        """Take the application."""
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, and tell the caller the id.

        It is the caller's own, where that is a safe one, else a new one.
        """
        said = environ.get("HTTP_X_REQUEST_ID", "")
        current_id = said if SAFE_ID.fullmatch(said) else token_hex(16)
        started = perf_counter()

        def start(
            status: str, headers: list[tuple[str, str]], *error: Any
        ) -> Callable[[bytes], object]:
            log_request(int(status[:3]), perf_counter() - started)
            return start_response(status, [*headers, ("X-Request-ID", current_id)], *error)

        token = request_id.set(current_id)
        try:
            return self.application(environ, start)
        finally:
            request_id.reset(token)


def log_request(status: int, seconds: float) -> None:
    """Write the line of a request.

    The path is logged without the query, which may hold what people search for, and of wrong
    input only where it is wrong. Probes and files come too often to be of interest: their lines
    are of level DEBUG.
    """
    if status in NOT_UNDERSTOOD:
        log.warning("input_validation_fail", path=request.path, fields=g.get("wrong_fields", []))
    level = logging.DEBUG if (request.endpoint or "").endswith(QUIET) else logging.INFO
    if logging.root.isEnabledFor(level):
        log.log(
            level,
            "request",
            method=request.method,
            path=request.path,
            status=status,
            milliseconds=round(seconds * 1000, 1),
        )
