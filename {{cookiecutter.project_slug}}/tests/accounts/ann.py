"""Ann, the member of most tests."""

from flask import Flask
from flask.testing import FlaskClient

from service.accounts.access import new_access_token
from service.accounts.models import Member
from service.accounts.sessions import open_session
from service.core.columns import now
from service.extensions import db


def kept_member() -> int:
    """Return the id of a member, who has no password yet."""
    member_id = db.session.scalar(db.select(Member.id).where(Member.canonical_name == "ann"))
    if member_id is None:
        member = Member(email="ann@example.com", name="Ann", canonical_name="ann")
        db.session.add(member)
        db.session.commit()
        member_id = member.id
    return member_id


def token_of_member(app: Flask) -> str:
    """Begin a session of the member, and return its access token."""
    with app.app_context():
        session = open_session(kept_member(), "a test", "127.0.0.0/24", now())
        return new_access_token(session)


def client_of_member(app: Flask) -> FlaskClient:
    """Make a browser, or a program, in which the member has logged in."""
    token = token_of_member(app)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    # [template] if forms
    client.set_cookie("access", token)
    client.set_cookie("__Host-access", token, domain="example.com")
    # [template] endif
    return client
