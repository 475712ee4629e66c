"""Fixtures of accounts for the tests of every package."""

import pytest
from flask import Flask

from tests.accounts.people import create_access_token, ensure_member_id


@pytest.fixture
def member_id(app: Flask) -> int:
    """Return the id of Ann, a member without a password."""
    with app.app_context():
        return ensure_member_id()


@pytest.fixture
def access_token(app: Flask) -> str:
    """Create a session for Ann and return an access token."""
    return create_access_token(app)
