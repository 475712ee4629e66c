"""The board: asking and answering questions, listing and searching them, as pages and as JSON."""

from flask import Flask

from service.board import api as board_api
from service.board import excerpts, markdown, pages, search_index
from service.board.seed import seed
from service.web.api import api
from service.web.languages import N_
from service.web.navigation import add_link, fill_slot


def init_app(app: Flask) -> None:
    """Register the pages, the API, the command `seed`, and the items of the navigation bar."""
    excerpts.init_app(app)
    markdown.init_app(app)
    search_index.init_app(app)
    app.register_blueprint(pages.bp)
    api.register_blueprint(board_api.bp)
    app.cli.add_command(seed)
    add_link(app, "main.index", N_("Questions"))
    add_link(app, "docs.show_docs", N_("API"))
    fill_slot(app, "search", "search_form.html")
