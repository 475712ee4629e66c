"""Members in the browser: their accounts, and what they do with posts."""

from flask import Flask
from werkzeug.exceptions import Unauthorized

from service.members import cookies
from service.members.cookies import member_name
from service.members.next_page import here
from service.members.pages import ask_to_log_in, bp
from service.members.post_pages import posts_bp
from service.members.reader import reader_of
from service.members.session_pages import sessions_bp


def init_app(app: Flask) -> None:
    """Add members to the pages.

    Before the forms, so that the page of a form that is refused knows the member, too.
    """
    cookies.init_app(app)
    for blueprint in (bp, sessions_bp, posts_bp):
        app.register_blueprint(blueprint)
    app.register_error_handler(Unauthorized, ask_to_log_in)
    app.jinja_env.globals.update(here=here, member_name=member_name, reader_of=reader_of)
