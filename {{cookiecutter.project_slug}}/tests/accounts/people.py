"""Members without a password. The default is Ann, the author of the posts in most tests."""

from flask import Flask
from flask.testing import FlaskClient

from service.accounts.models import Member
from service.accounts.principal import session_access_token
from service.accounts.sessions import create_session
from service.database.columns import now
from service.extensions import db


def ensure_member_id(name: str = "Ann") -> int:
    """Return the id of the member with this name; create the member if necessary."""
    ids: dict[str, int] = db.session.info.setdefault("members", {})
    if name not in ids:
        ids[name] = find_member_id(name) or create_member(name)
    return ids[name]


def find_member_id(name: str) -> int | None:
    """Return the id of the member with this name, or `None`."""
    # By the email address, because a test may have changed the name.
    is_member = Member.email == email_address(name)
    return db.session.scalar(db.select(Member.id).where(is_member))


def create_member(name: str) -> int:
    """Create a member without a password and return the id."""
    member = Member(email=email_address(name), name=name)
    db.session.add(member)
    db.session.commit()
    return member.id


def email_address(name: str) -> str:
    """Return the email address of the member who was created with this name."""
    return f"{name.lower()}@example.com"


def create_access_token(app: Flask, name: str = "Ann") -> str:
    """Create a session for the member and return an access token for this session."""
    with app.app_context():
        session = create_session(ensure_member_id(name), "a test", "127.0.0.0/24", now())
        return session_access_token(session)


def logged_in_client(app: Flask, name: str = "Ann") -> FlaskClient:
    """Return a test client that is logged in as the member, for pages and API."""
    token = create_access_token(app, name)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    # [template] if forms
    client.set_cookie("access", token)
    client.set_cookie("__Host-access", token, domain="example.com")
    # [template] endif
    return client
