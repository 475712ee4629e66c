"""How the service is watched from outside: metrics, traces, reports of errors.

Each is switched on by a setting, and loaded only then.
"""

from importlib import import_module

from flask import Flask, request

from service.core.extras import MissingExtraError

# The setting, the module, and the extra that it needs.
PARTS = [
    ("METRICS_PORT", "metrics", ""),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "traces", "otel"),
    ("SENTRY_DSN", "error_reports", "sentry"),
]


def init_app(app: Flask) -> None:
    """Add what the settings ask for; refuse to start without what it needs."""
    for setting, module, extra in PARTS:
        if not app.config.get(setting):
            continue
        try:
            part = import_module(f"{__name__}.{module}")
        except ModuleNotFoundError:
            raise MissingExtraError(setting, extra) from None
        part.init_app(app)


def route() -> str:
    """Return the rule by which the request was answered; there are as many paths as questions."""
    return request.url_rule.rule if request.url_rule else "none"
