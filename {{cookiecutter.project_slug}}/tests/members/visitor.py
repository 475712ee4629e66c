"""Somebody at a browser, who sends the forms that the pages show."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.keys import key_ring
from service.accounts.tokens import read_access_token
from service.core.columns import now
from tests.page import Page

PASSWORD = "a long walk by the sea"  # noqa: S105  # Nobody's.


class Visitor:
    """Somebody at a browser of their own."""

    def __init__(self, app: Flask, cookies: dict[str, str] | None = None) -> None:
        """Open the browser, with cookies that it has from before."""
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.tokens: dict[str, str] = {}
        for name, value in (cookies or {}).items():
            self.client.set_cookie(name, value)

    def get(self, path: str, **query: str) -> TestResponse:
        """Ask for a page, and go no further."""
        return self.client.get(path, query_string=query or None, buffered=True)

    def token(self) -> str:
        """Return the CSRF token that the pages have for this browser."""
        session = self.cookies().get("session", "")
        if session not in self.tokens:
            page = self.client.get("/auth/login", follow_redirects=True)
            session = self.cookies()["session"]
            self.tokens[session] = Page(page.text).fields["csrf_token"]
        return self.tokens[session]

    def send(self, path: str, **fields: str) -> TestResponse:
        """Send a form of ours."""
        return self.client.post(path, data={"csrf_token": self.token(), **fields})

    def register(self, name: str) -> TestResponse:
        """Become a member."""
        email = f"{name.casefold()}@example.com"
        return self.send("/auth/register", email=email, name=name, password=PASSWORD)

    def log_in(self, name: str, password: str = PASSWORD, address: str = "") -> TestResponse:
        """Log in as a member; `address` is what goes on behind the path."""
        email = f"{name.casefold()}@example.com"
        return self.send(f"/auth/login{address}", email=email, password=password)

    def name_shown(self, path: str = "/nowhere") -> str:
        """Return the name at the top of a page; nothing where it knows nobody."""
        found = re.search(r'href="/auth/sessions">(.*?)</a>', self.get(path).text)
        return unescape(found[1]) if found else ""

    def session_id(self) -> str:
        """Return the id of the session that the browser is in."""
        with self.app.app_context():
            claims = read_access_token(self.cookies()["access"], key_ring(), now())
        return claims.session_id

    def cookies(self) -> dict[str, str]:
        """Return the cookies of the browser."""
        kept = (self.client.get_cookie(name) for name in ("access", "refresh", "session"))
        return {cookie.key: cookie.value for cookie in kept if cookie}

    def wait_for_renewal(self) -> None:
        """Let so much time pass that the browser drops the access token."""
        self.client.delete_cookie("access")
