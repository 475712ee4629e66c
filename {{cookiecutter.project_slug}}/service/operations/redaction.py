"""Redaction of log entries: credentials of the request, and control characters."""

import json
from collections.abc import Iterator

from flask import has_request_context, request
from structlog.typing import EventDict

# A shorter value may be part of ordinary words; masking them would garble the traceback.
MIN_CREDENTIAL_LENGTH = 8


def mask_credentials(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Mask the credentials of the request in a traceback, where an error message may repeat them.

    A structlog processor.
    """
    if "exception" in event and has_request_context():
        for credential in request_credentials():
            event["exception"] = event["exception"].replace(credential, "***")
    return event


def request_credentials() -> Iterator[str]:
    """Yield the credentials in the headers `Authorization` and `Cookie`, except short ones."""
    values = [*request.headers.get("Authorization", "").split()[1:], *request.cookies.values()]
    yield from (value for value in values if len(value) >= MIN_CREDENTIAL_LENGTH)


def logged_path() -> str:
    """Return the path of the request for the log: an argument `token` in it is masked."""
    token = (request.view_args or {}).get("token")
    return request.path.replace(token, "***") if token else request.path


def escape_event(_logger: object, _level: str, event: EventDict) -> EventDict:
    """Escape the name of the event and the traceback; `ConsoleRenderer` quotes all other values.

    The lines of a traceback are indented, so that none of them looks like an event.
    A structlog processor.
    """
    event["event"] = escape_unprintable(str(event["event"]))
    if "exception" in event:
        lines = event["exception"].split("\n")
        event["exception"] = "\n".join(f"  {escape_unprintable(line)}" for line in lines)
    return event


def escape_unprintable(text: str) -> str:
    r"""Return the text with `\uXXXX` for control, format and separator characters.

    Such characters could start a new line, move the cursor or reverse the text (ASVS 5.0, 16.4.1).
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1] for character in text
    )
