"""How much a request may send."""

from flask import Flask, request

# The longest text, each of its characters written as %F0%9F%98%80, and what is around it.
LARGEST_BODY_BYTES = 256 * 1024


def init_app(app: Flask) -> None:
    """Refuse a larger body with 413, before it is read."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    app.before_request(refuse_endless_body)


def refuse_endless_body() -> None:
    """Refuse a body that comes in pieces as soon as it is too large; the library would cut it."""
    if "HTTP_TRANSFER_ENCODING" in request.environ:
        request.get_data()
        # Behind the limit, this raises the 413; behind a shorter body it reads nothing.
        request.stream.read(1)
