"""A member, and what proves who they are; for the tests of every package."""

import pytest
from flask import Flask

from service.accounts.access import new_access_token
from service.accounts.models import Member
from service.accounts.sessions import open_session
from service.core.columns import now
from service.extensions import db


@pytest.fixture
def member_id(app: Flask) -> int:
    """Keep a member, who has no password yet."""
    with app.app_context():
        member = Member(email="ann@example.com", name="Ann", canonical_name="ann")
        db.session.add(member)
        db.session.commit()
        return member.id


@pytest.fixture
def access_token(app: Flask, member_id: int) -> str:
    """Begin a session of the member, and give its access token."""
    with app.app_context():
        return new_access_token(open_session(member_id, "a test", "127.0.0.0/24", now()))
