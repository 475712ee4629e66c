"""The service with a slow page, for gunicorn to load."""

import time

import structlog
from flask import Flask, request

from service import create_app

log = structlog.get_logger()

RESPONSE_SECONDS = 2


def slow_app() -> Flask:
    """Create the service with a page that takes two seconds, and returns the URL scheme."""
    app = create_app()

    @app.get("/slow")
    def slow() -> str:
        log.info("slow_request_started")
        time.sleep(RESPONSE_SECONDS)
        return request.scheme

    return app
