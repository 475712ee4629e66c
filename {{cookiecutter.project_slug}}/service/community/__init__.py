"""What members do with posts: change and delete their own, vote, accept an answer."""

from flask import Flask

from service.community.api import answers_bp, questions_bp
from service.extensions import api


def init_app(app: Flask) -> None:
    """Add the community to the application."""
    del app  # What there is to add goes to the API.
    api.register_blueprint(questions_bp)
    api.register_blueprint(answers_bp)
