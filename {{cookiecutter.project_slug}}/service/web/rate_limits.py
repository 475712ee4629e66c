"""Rate limits, with Flask-Limiter: how often a client may call an expensive view.

Each package declares its limits in `rules.py` and decorates its views with them. Views with the
same limit share one counter.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from time import time
from typing import ParamSpec, TypeVar

import structlog
from flask import Config, Flask, Response, current_app, request
from flask.globals import g  # [template] if auth
from flask_babel import ngettext
from flask_limiter import Limiter, RateLimitExceeded
from limits.errors import ConfigurationError as MissingLibraryError
from limits.errors import StorageError
from werkzeug.exceptions import TooManyRequests

from service.config.rules import is_production
from service.config.settings import ConfigurationError, missing_extra_error
from service.operations.doctor import Check, add_check
from service.web.api import APIBlueprint
from service.web.clients import client_network
from service.web.errors import handle_http_exception, with_detail

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")

MINUTE_SECONDS = 60
# How long a request waits for a Redis server that does not respond.
STORAGE_TIMEOUT_SECONDS = 0.5


@dataclass(frozen=True)
class RateLimit:
    """The number of requests that each client may send per minute.

    `RATELIMIT_MULTIPLIER` multiplies it.
    """

    name: str
    per_minute: int


def client_key() -> str:
    """Return the key under which the requests of this client are counted."""
    # [template] if auth
    if "member_id" in g:
        return f"member {g.member_id}"
    # [template] endif
    return client_network()


# While the Redis server is unavailable, each process counts in its own memory.
limiter = Limiter(client_key, in_memory_fallback_enabled=True)


@limiter.request_filter
def is_exempt() -> bool:
    """Return whether the request has no limit: a health check, or `RATELIMIT_ENABLED` is off.

    The setting is read for each request, because all applications of a process share the limiter.
    """
    return request.blueprint == "health" or not current_app.config["RATELIMIT_ENABLED"]


def init_app(app: Flask) -> None:
    """Configure the limiter. Raises `ConfigurationError` if its storage cannot be used."""
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {
        "socket_connect_timeout": STORAGE_TIMEOUT_SECONDS,
        "socket_timeout": STORAGE_TIMEOUT_SECONDS,
        "wrap_exceptions": True,
    }
    try:
        limiter.init_app(app)
    except MissingLibraryError:
        raise missing_extra_error("RATELIMIT_STORAGE_URI", "redis") from None
    except ValueError:
        # `from None`, because the message of the cause may contain the password.
        raise ConfigurationError(
            "RATELIMIT_STORAGE_URI: must be the URL of a Redis server, redis://HOST:PORT."
        ) from None
    limiter.logger.addFilter(log_storage_event)
    app.register_error_handler(RateLimitExceeded, handle_rate_limit_exceeded)
    add_check(app, Check("rate limits are shared by all workers", check_production_limits))
    add_check(app, Check("the storage of the rate limits responds", check_storage))


def rate_limited(
    limit: RateLimit, methods: Sequence[str] = ("POST",)
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that limits the calls of a view, or of a function that a view calls.

    A call raises `RateLimitExceeded` if the client exceeds the limit. Requests with other methods
    than `methods` do not count. For a view of the API, the OpenAPI document has the status 429.
    """

    def multiplied() -> str:
        return f"{limit.per_minute * current_app.config['RATELIMIT_MULTIPLIER']}/minute"

    shared_limit = limiter.shared_limit(multiplied, scope=limit.name, methods=list(methods))
    document = APIBlueprint.doc(responses={HTTPStatus.TOO_MANY_REQUESTS: {}})
    return lambda view: document(shared_limit(view))


def handle_rate_limit_exceeded(error: RateLimitExceeded) -> Response:
    """Return 429 with `Retry-After`, and log the event that OWASP defines for it."""
    log.warning(
        "excess_rate_limit_exceeded",
        limit=error.limit.scope,
        maximum=error.limit.limit.amount,
        network=client_network(),
    )
    seconds = seconds_until_reset()
    message = ngettext(
        "Too many requests. Try again in %(num)d second.",
        "Too many requests. Try again in %(num)d seconds.",
        seconds,
    )
    return handle_http_exception(with_detail(TooManyRequests(retry_after=seconds), message))


def seconds_until_reset() -> int:
    """Return the seconds until the client may try again: 1 to 60, or 60 if the storage fails."""
    try:
        reset_at = limiter.current_limit.reset_at if limiter.current_limit else 0
    except StorageError:
        return MINUTE_SECONDS
    return min(max(1, ceil(reset_at - time())), MINUTE_SECONDS)


def log_storage_event(record: logging.LogRecord) -> bool:
    """Log our own events about the storage; return whether Flask-Limiter's record is an error.

    A filter for Flask-Limiter's logger: all records except errors are dropped.
    """
    if record.msg.startswith("Rate limit storage unreachable"):
        log.error("ratelimit_storage_unavailable")
    elif record.msg == "Rate limit storage recovered":
        log.info("ratelimit_storage_available")
    return record.levelno >= logging.ERROR


def check_production_limits(config: Config) -> Iterator[str]:
    """Yield a problem if, in production, rate limits are off or not shared by all workers."""
    if not is_production(config):
        return
    if not config["RATELIMIT_ENABLED"]:
        yield "RATELIMIT_ENABLED is off. Set it to 1."
    if config["RATELIMIT_STORAGE_URI"].startswith("memory") and config["WEB_CONCURRENCY"] > 1:
        yield (
            "RATELIMIT_STORAGE_URI: each worker counts in its own memory. "
            "Set it to the URL of a Redis server."
        )


def check_storage(config: Config) -> Iterator[str]:
    """Yield a problem if the Redis server does not respond."""
    if config["RATELIMIT_ENABLED"] and not limiter.storage.check():
        yield "Start the Redis server that RATELIMIT_STORAGE_URI names, or correct the URL."
