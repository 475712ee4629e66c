"""Operating the service: logging, the `doctor` command, metrics, traces and error reports.

The modules for metrics, traces and error reports are imported only if a setting enables them.
"""

from importlib import import_module

from flask import Flask, request

from service.config.settings import missing_extra_error
from service.operations import doctor, logs

# The setting that enables a module, the module, and the extra that installs its libraries.
OPTIONAL_MODULES = [
    ("METRICS_PORT", "metrics", ""),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "traces", "otel"),
    ("SENTRY_DSN", "error_reports", "sentry"),
]


def init_app(app: Flask) -> None:
    """Configure logging, the `doctor` command, and the modules that the settings enable.

    Raises `ConfigurationError` if the libraries of an enabled module are not installed.
    """
    logs.init_app(app)
    doctor.init_app(app)
    for setting, name, extra in OPTIONAL_MODULES:
        if app.config.get(setting):
            try:
                module = import_module(f"{__name__}.{name}")
            except ModuleNotFoundError:
                raise missing_extra_error(setting, extra) from None
            module.init_app(app)


def route() -> str:
    """Return the URL rule of the request, or "none" if no rule matches.

    Unlike a path, a rule contains nothing that a client chose.
    """
    return request.url_rule.rule if request.url_rule else "none"
