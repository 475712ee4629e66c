"""What no line of the log may hold: the secrets of a request, and characters that steer."""

import re
from collections.abc import Iterator

from flask import has_request_context, request
from structlog.typing import EventDict

# Controls, and what ends a line or turns its direction.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
SHORTEST_SECRET = 8


def mask_secrets(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Take out of a traceback what the client proves with who they are; an error may repeat it."""
    if "exception" in event and has_request_context():
        for secret in secrets_sent():
            event["exception"] = event["exception"].replace(secret, "***")
    return event


def secrets_sent() -> Iterator[str]:
    """Yield the credentials in the header `Authorization`, and what the cookies hold."""
    sent = [*request.headers.get("Authorization", "").split()[1:], *request.cookies.values()]
    # Whoever sends single letters only wants them to disappear.
    yield from (secret for secret in sent if len(secret) >= SHORTEST_SECRET)


def quote_controls(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Write out in a text for people what would steer a terminal, or make a line of its own.

    The values are quoted anyway. A traceback keeps its lines, each of them set in.
    """
    event["event"] = UNPRINTABLE.sub(written_out, str(event["event"]))
    if "exception" in event:
        lines = event["exception"].split("\n")
        event["exception"] = "\n".join(f"  {UNPRINTABLE.sub(written_out, line)}" for line in lines)
    return event


def written_out(character: re.Match[str]) -> str:
    """Return a character as Python writes it in a string."""
    return repr(character[0])[1:-1]
