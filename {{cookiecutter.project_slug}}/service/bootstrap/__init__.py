"""The Bootstrap 5 theme, served by this service and by nobody else."""

from flask import Flask
from flask_bootstrap import Bootstrap5


def init_app(app: Flask) -> None:
    """Add Bootstrap's stylesheet and script, and the macros that render forms in its style."""
    app.config.setdefault("BOOTSTRAP_SERVE_LOCAL", True)
    Bootstrap5(app)
