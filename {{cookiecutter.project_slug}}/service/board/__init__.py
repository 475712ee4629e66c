"""Questions and answers: asked, answered, listed and searched, on pages and as JSON."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from service.board.api import answers_bp, questions_bp
from service.board.pages import bp
from service.board.seed import seed
from service.core.navigation import add_link
from service.extensions import api


def init_app(app: Flask) -> None:
    """Add the board to the application."""
    app.register_blueprint(bp)
    api.register_blueprint(questions_bp)
    api.register_blueprint(answers_bp)
    app.cli.add_command(seed)
    add_link(app, "main.index", _l("Questions"))
    add_link(app, "docs.show_docs", _l("API"))
