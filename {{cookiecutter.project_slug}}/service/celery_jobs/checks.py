"""The check of the broker for the `doctor` command."""

from collections.abc import Iterator

from flask import Config, current_app
from kombu.exceptions import OperationalError


def check_broker(_config: Config) -> Iterator[str]:
    """Yield a problem if it is not possible to connect to the broker."""
    try:
        with current_app.extensions["celery"].connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
    except OperationalError as error:
        reason = type(error.__cause__ or error).__name__
        yield f"CELERY_BROKER_URL: {reason}. Check the server, the port and the password."
