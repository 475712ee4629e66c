"""The service on a machine whose clock jumps, for gunicorn to load with one thread."""

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import time_machine
from flask import Flask

from service import create_app

# Names the file that says by how many seconds the clock is wrong.
CLOCK = "CLOCK_OF_THIS_TEST"


def jumping_app() -> Flask:
    """Make the service, which looks at that file for each request."""
    app = create_app()
    clock = Path(os.environ[CLOCK])
    service = app.wsgi_app

    def at_another_time(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with time_machine.travel(timedelta(seconds=int(clock.read_text("utf-8")))):
            return service(environ, start_response)

    app.wsgi_app = at_another_time  # type: ignore[method-assign]  # As Flask tells.
    return app
