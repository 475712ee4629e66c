"""The service with a page that takes its time, for gunicorn to load."""

import time

from flask import Flask, request

from service import create_app
from service.core.logs import log

SLOW_SECONDS = 2


def slow_app() -> Flask:
    """Make the service with that page."""
    app = create_app()

    @app.get("/slow")
    def slow() -> str:
        log.info("in flight")
        time.sleep(SLOW_SECONDS)
        return request.scheme

    return app
