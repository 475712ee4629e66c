"""The Bootstrap 5 theme. Its files are served by this application, not by a CDN."""

from flask import Flask
from flask_bootstrap import Bootstrap5


def init_app(app: Flask) -> None:
    """Register Bootstrap-Flask, which serves Bootstrap's stylesheet and script."""
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)
