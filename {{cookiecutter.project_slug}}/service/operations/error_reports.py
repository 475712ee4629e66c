"""Reports of unhandled exceptions to Sentry, without personal data.

A report contains the types of the exceptions, the stack trace, and the id, method and route of the
request. Error messages may contain personal data: they are only in the log, with the same id.
"""

import atexit
from typing import cast

import sentry_sdk
from flask import Flask, request
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.types import Event, Hint

from service.operations import route
from service.operations.logs import request_id

REPORTED_FIELDS = {
    "environment",
    "event_id",
    "exception",
    "level",
    "platform",
    "release",
    "sdk",
    "timestamp",
}


def init_app(app: Flask) -> None:
    """Report unhandled exceptions in the background."""
    sentry_sdk.init(
        dsn=app.config["SENTRY_DSN"],
        environment=app.config["APP_ENV"],
        # The default integrations would also report log entries, and failed commands.
        default_integrations=False,
        integrations=[FlaskIntegration()],
        auto_session_tracking=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=remove_personal_data,
    )
    atexit.register(sentry_sdk.flush)


def remove_personal_data(event: Event, _hint: Hint) -> Event:
    """Return a report with `REPORTED_FIELDS` only, no error messages, and tags for the request."""
    fields = {name: value for name, value in event.items() if name in REPORTED_FIELDS}
    report = cast("Event", fields)
    for exception in report["exception"]["values"]:
        exception["value"] = ""
    report["tags"] = {"request_id": request_id(), "method": request.method, "route": route()}
    return report
