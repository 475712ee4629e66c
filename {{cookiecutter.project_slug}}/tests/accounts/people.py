"""Members without a password; who is not named is Ann, who wrote what most tests read."""

from flask import Flask
from flask.testing import FlaskClient

from service.accounts.access import new_access_token
from service.accounts.models import Member
from service.accounts.sessions import open_session
from service.core.columns import now
from service.extensions import db


def kept_member(name: str = "Ann") -> int:
    """Return the id of the member of this name, who is made where there is none."""
    known: dict[str, int] = db.session.info.setdefault("members", {})
    if name not in known:
        known[name] = found_member(name) or new_member(name)
    return known[name]


def found_member(name: str) -> int | None:
    """Return the id of the member of this name, where there is one."""
    named = Member.canonical_name == name.lower()
    return db.session.scalar(db.select(Member.id).where(named))


def new_member(name: str) -> int:
    """Make the member of this name, and return the id."""
    canonical = name.lower()
    member = Member(email=f"{canonical}@example.com", name=name, canonical_name=canonical)
    db.session.add(member)
    db.session.commit()
    return member.id


def token_of_member(app: Flask, name: str = "Ann") -> str:
    """Begin a session of the member, and return its access token."""
    with app.app_context():
        session = open_session(kept_member(name), "a test", "127.0.0.0/24", now())
        return new_access_token(session)


def client_of_member(app: Flask, name: str = "Ann") -> FlaskClient:
    """Make a browser, or a program, in which the member has logged in."""
    token = token_of_member(app, name)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    # [template] if forms
    client.set_cookie("access", token)
    client.set_cookie("__Host-access", token, domain="example.com")
    # [template] endif
    return client
