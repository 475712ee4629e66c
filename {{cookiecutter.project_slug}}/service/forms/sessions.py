"""The session in the browser's cookie."""

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer


def init_app(app: Flask) -> None:
    """Keep sessions in a signed cookie that no script reads and no other site sends along."""
    is_production = app.config["APP_ENV"] == "production"
    app.config.from_mapping(
        SESSION_COOKIE_NAME="__Host-session" if is_production else "session",
        SESSION_COOKIE_SECURE=is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = CookieSessions(app)


class CookieSessions(SecureCookieSessionInterface):
    """Flask's own sessions, without the work that most requests do not need.

    The signer is made once, not twice for each request; what nobody sent is not looked for, and
    what nobody touched is not looked at again.
    """

    def __init__(self, app: Flask) -> None:
        """Make the signer from the keys that the settings name."""
        self.signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, _app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer."""
        return self.signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; an empty session where there is no cookie at all."""
        if "HTTP_COOKIE" not in request.environ:
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie as it must be; an empty session that nobody touched needs none."""
        if session or session.accessed:
            super().save_session(app, session, response)
