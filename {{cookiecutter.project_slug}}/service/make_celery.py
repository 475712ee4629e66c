"""The Celery application for `celery --app service.make_celery worker`, and `beat`."""

import logging
from importlib import import_module

from celery.signals import setup_logging, worker_init

from service import create_app

# They log several lines for each relay.
QUIET_LOGGERS = ["celery.app.trace", "celery.beat", "celery.worker.strategy"]

flask_app = create_app()
celery_app = flask_app.extensions["celery"]


@setup_logging.connect
def keep_logging(**_arguments: object) -> None:
    """Keep the logging of the service; without a receiver, Celery would configure its own."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


@worker_init.connect
def serve_metrics(**_arguments: object) -> None:
    """Serve the metrics of the worker."""
    if port := flask_app.config.get("METRICS_PORT"):
        # Its library takes long to import.
        import_module("service.jobs.metrics").serve_metrics(flask_app, port)
