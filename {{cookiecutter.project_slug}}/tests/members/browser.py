"""A simulated browser for tests, which submits the forms of pages."""

import re
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.tokens import read_access_token
from tests.page import Page

PASSWORD = "a long walk by the sea"  # noqa: S105  # The password of every member in the tests.


class Browser:
    """A test client with its own cookies. `submit` sends the CSRF token with a form."""

    def __init__(self, app: Flask, cookies: dict[str, str] | None = None) -> None:
        """Create the browser, optionally with cookies."""
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.csrf_tokens: dict[str, str] = {}
        for name, value in (cookies or {}).items():
            self.client.set_cookie(name, value)

    def get(self, path: str, **query: str) -> TestResponse:
        """Request a page, without following redirects."""
        return self.client.get(path, query_string=query or None, buffered=True)

    def csrf_token(self) -> str:
        """Return the CSRF token of this browser's cookie session; request one if necessary."""
        session = self.cookies().get("session", "")
        if session not in self.csrf_tokens:
            page = self.client.get("/auth/login", follow_redirects=True)
            session = self.cookies()["session"]
            self.csrf_tokens[session] = Page(page.text).fields["csrf_token"]
        return self.csrf_tokens[session]

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Submit a form with the CSRF token of this browser."""
        return self.client.post(path, data={"csrf_token": self.csrf_token(), **fields})

    def register(self, name: str) -> TestResponse:
        """Register a member with the form, which also logs the member in."""
        email = f"{name.casefold()}@example.com"
        return self.submit("/auth/register", email=email, name=name, password=PASSWORD)

    def login(self, name: str, password: str = PASSWORD, query: str = "") -> TestResponse:
        """Log in with the form; `query` is appended to the path of the login page."""
        email = f"{name.casefold()}@example.com"
        return self.submit(f"/auth/login{query}", email=email, password=password)

    def member_name(self, path: str = "/nowhere") -> str:
        """Return the name in the navigation bar of a page; an empty string if not logged in."""
        match = re.search(r'class="account-name" dir="auto">(.*?)</span>', self.get(path).text)
        return unescape(match[1]) if match else ""

    def session_id(self) -> str:
        """Return the id of the session in the access token of this browser."""
        token = self.cookies()["access"]
        _member_id, session_id = read_access_token(token, self.app.config["JWT_KEYS"])
        return session_id

    def cookies(self) -> dict[str, str]:
        """Return the values of this browser's tokens and cookie session, by cookie name."""
        cookies = (self.client.get_cookie(name) for name in ("access", "refresh", "session"))
        return {cookie.key: cookie.value for cookie in cookies if cookie}

    def expire_access_token(self) -> None:
        """Delete the cookie of the access token, as a browser does when the cookie expires."""
        self.client.delete_cookie("access")
