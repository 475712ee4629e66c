"""The service with a wrong clock. One thread only: the clock is that of the whole process."""

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import time_machine
from flask import Flask

from service import create_app

# Environment variable: path of a file that holds the clock offset in seconds.
CLOCK_FILE_VARIABLE = "TEST_CLOCK_FILE"


def jumping_app() -> Flask:
    """Create the service; each request reads the clock offset from the file."""
    app = create_app()
    clock_file = Path(os.environ[CLOCK_FILE_VARIABLE])
    service = app.wsgi_app

    def with_wrong_clock(
        environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        offset = timedelta(seconds=int(clock_file.read_text("utf-8")))
        with time_machine.travel(offset):
            return service(environ, start_response)

    app.wsgi_app = with_wrong_clock  # type: ignore[method-assign]  # Flask documents this form.
    return app
