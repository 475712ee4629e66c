"""The request body: its maximum size, and when it is read."""

from io import BytesIO

from flask import Flask, request
from werkzeug.exceptions import BadRequest, ClientDisconnected, HTTPException

# Enough for twice the longest text and the other fields, so that a text that is somewhat too long
# gets an error at its field. A character takes up to 12 bytes: an emoji is `%F0%9F%98%80` in a form
# and can be `\ud83d\ude00` in JSON.
MAX_BODY_BYTES = 512 * 1024


def init_app(app: Flask) -> None:
    """Read the body of every request before the database is used.

    Rejects a body that is larger than `MAX_BODY_BYTES`, with 413.
    """
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.before_request(read_body)


def read_body() -> None:
    """Read the whole body, which is parsed from memory later.

    Everything that uses the database runs afterwards, so the service holds no lock and no
    connection while it waits for a slow client. Raises 413 for a body that is too large,
    and 400 for malformed chunks or if the client disconnected before it had sent the whole body.
    """
    try:
        read_to_end()
    except HTTPException:
        raise
    # The server parses the chunks during this call. The types of its exceptions are not in WSGI.
    except Exception as error:
        # Nothing that handles the error may read the broken stream again.
        request.stream = BytesIO()
        raise BadRequest from error


def read_to_end() -> None:
    """Read the body into memory. Raises `RequestEntityTooLarge` or `ClientDisconnected`."""
    body = request.get_data()
    if len(body) < (request.content_length or 0):
        raise ClientDisconnected
    if "HTTP_TRANSFER_ENCODING" in request.environ:
        # Werkzeug truncates a chunked body. This raises 413 if the body continues after the limit.
        request.stream.read(1)
