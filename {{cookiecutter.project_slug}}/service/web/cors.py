"""Cross-origin requests: other sites whose pages may use the API (Fetch Standard, "CORS")."""

from flask import Flask
from flask_cors import CORS

ONE_DAY_SECONDS = 86_400


def init_app(app: Flask) -> None:
    """Allow the API to the origins in `CORS_ORIGINS`; without this setting, to no other origin.

    Browsers send no cookies with these requests, and the API reads none.
    """
    if not app.config["CORS_ORIGINS"]:
        return
    CORS(
        app,
        resources="/api/.*",
        origins=app.config["CORS_ORIGINS"],
        methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
        ],
        expose_headers=["ETag", "Link", "Location", "Retry-After", "WWW-Authenticate"],
        max_age=ONE_DAY_SECONDS,
        # Only in responses to requests with `Origin`.
        always_send=False,
        # Handled exceptions are responses like all others.
        intercept_exceptions=False,
    )
