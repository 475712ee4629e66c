"""Reports of unforeseen errors to Sentry: of what kind they are, and where in the code.

What an error says stays in the log, under the same id: it may repeat what somebody wrote. Of the
request a report tells no more than method and route: no address, header, cookie, body or variable.
"""

import atexit

from flask import Flask, got_request_exception, request
from sentry_sdk.client import Client
from sentry_sdk.types import Event
from sentry_sdk.utils import event_from_exception

from service.core.logs import request_id
from service.observability import route


def init_app(app: Flask) -> None:
    """Send a report of each error that nobody foresaw, in the background."""
    # Without integrations, nothing adds more to a report than we do.
    client = Client(
        dsn=app.config["SENTRY_DSN"],
        environment=app.config["APP_ENV"],
        default_integrations=False,
        include_local_variables=False,
        before_send=without_words,
    )
    app.extensions["error_reports"] = client
    atexit.register(client.close)

    def report(_app: Flask, exception: Exception) -> None:
        event, hint = event_from_exception(exception, client_options=client.options)
        event["tags"] = {
            "request_id": request_id.get(""),
            "method": request.method,
            "route": route(),
        }
        client.capture_event(event, hint)

    got_request_exception.connect(report, app, weak=False)


def without_words(event: Event, _hint: object) -> Event:
    """Return the report without what its errors say."""
    for error in event["exception"]["values"]:
        error["value"] = ""
    return event
