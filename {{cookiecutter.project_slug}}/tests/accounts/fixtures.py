"""A member, and what proves who they are; for the tests of every package."""

import pytest
from flask import Flask

from tests.accounts.people import kept_member, token_of_member


@pytest.fixture
def member_id(app: Flask) -> int:
    """Keep a member, who has no password yet."""
    with app.app_context():
        return kept_member()


@pytest.fixture
def access_token(app: Flask) -> str:
    """Begin a session of the member, and give its access token."""
    return token_of_member(app)
