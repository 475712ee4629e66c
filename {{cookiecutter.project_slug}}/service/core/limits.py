"""How much a request may send."""

from flask import Flask

# The longest text, each of its characters written as %F0%9F%98%80, and what is around it.
LARGEST_BODY_BYTES = 256 * 1024


def init_app(app: Flask) -> None:
    """Refuse a larger body with 413, before it is read."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
