"""The log: one line an event on standard error, each with the id of its request."""

import logging
import re
import sys
from secrets import token_hex
from time import perf_counter

import structlog
from flask import Flask, Response, g, has_request_context, request
from flask.logging import default_handler
from structlog.typing import EventDict

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET = ("healthz", "readyz", "static")

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Log every request, and everything that the libraries log, in the chosen format."""
    configure(app.config["LOG_FORMAT"], app.config["LOG_LEVEL"])
    app.before_request(open_request)
    app.after_request(close_request)


def configure(log_format: str, level: str) -> None:
    """Send the whole process's log to standard error, as `json` or as `text` for people."""
    renderer: structlog.types.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if log_format == "text":
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # What came from outside is quoted: it cannot steer a terminal.
            repr_native_str=True,
            exception_formatter=structlog.dev.plain_traceback,
        )
    common: list[structlog.types.Processor] = [
        add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    # Our own events do not take the way through `logging`, which costs three times as much.
    structlog.configure(
        processors=[*common, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    default_handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[default_handler], level=level, force=True)
    logging.getLogger("werkzeug").addFilter(is_no_request)


def add_request_id(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Add the id of the request, where there is one, to an event of ours or of a library."""
    if has_request_context() and "request_id" in g:
        event["request_id"] = g.request_id
    return event


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

    The path is logged without the query, which may hold what people search for. Probes and
    files come too often to be of interest: their lines are of level DEBUG.
    """
    response.headers["X-Request-ID"] = g.request_id
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
