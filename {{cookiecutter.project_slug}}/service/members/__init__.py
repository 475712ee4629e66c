"""Accounts in the browser: register, log in and out, sessions, the password."""

from flask import Flask
from werkzeug.exceptions import Unauthorized

from service.members import cookies
from service.members.cookies import member_name
from service.members.next_page import here
from service.members.pages import ask_to_log_in, bp
from service.members.session_pages import sessions_bp


def init_app(app: Flask) -> None:
    """Add accounts to the pages."""
    cookies.init_app(app)
    app.register_blueprint(bp)
    app.register_blueprint(sessions_bp)
    app.register_error_handler(Unauthorized, ask_to_log_in)
    app.jinja_env.globals.update(here=here, member_name=member_name)
