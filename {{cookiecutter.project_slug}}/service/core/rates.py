"""How often a client may do what costs something, or what others have to read.

Each package has its limits beside its other rules, and puts one above each view. Whoever is known
is counted under their id, anybody else with the network they come from (`clients.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib.util import find_spec
from typing import ParamSpec, TypeVar

from flask import Flask, current_app, request
from werkzeug.exceptions import TooManyRequests

from service.config import ConfigurationError
from service.core.clients import client_identity, client_network
from service.core.counts import Counts, Memory, Storage
from service.core.extras import MissingExtraError
from service.core.logs import log

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Rate:
    """So many times a minute, for all views together that have it; `name` says what for."""

    name: str
    per_minute: int


def init_app(app: Flask) -> None:
    """Count where the settings say; refuse to start where that cannot be."""
    app.extensions["counts"] = Counts(storage_at(app.config["RATELIMIT_STORAGE_URI"]))


def storage_at(address: str) -> Storage:
    """Return where it is counted: the memory of this process, or a Redis."""
    if not is_redis(address):
        return Memory()
    if not find_spec("redis"):
        raise MissingExtraError("RATELIMIT_STORAGE_URI", "redis")
    from service.core.redis_storage import RedisStorage  # noqa: PLC0415  # An extra.

    try:
        return RedisStorage(address)
    except ValueError:
        # Without the cause: it would print the password.
        raise ConfigurationError("RATELIMIT_STORAGE_URI is no address of a Redis.") from None


def is_redis(address: str) -> bool:
    """Return whether the counts are kept in a Redis, for all processes together."""
    return address.startswith("redis")


def limited(rate: Rate) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a client send something to the view so often, and answer 429 beyond; to look is free."""

    def limit(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def counted(*args: P.args, **kwargs: P.kwargs) -> R:
            if request.method not in {"GET", "HEAD"}:
                count(rate)
            return view(*args, **kwargs)

        return counted

    return limit


def count(rate: Rate) -> None:
    """Count one for the client of this request; raise 429 where it has been too often."""
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    client = " ".join(f"{name} {id_}" for name, id_ in client_identity().items())
    counts: Counts = current_app.extensions["counts"]
    seconds = counts.seconds_to_wait(rate.name, rate.per_minute, client or client_network())
    if seconds:
        log.warning(
            "excess_rate_limit_exceeded",
            limit=rate.name,
            maximum=rate.per_minute,
            network=client_network(),
        )
        raise TooManyRequests(retry_after=seconds)
