"""The session in the browser's cookie."""

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin
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
    """Flask's own sessions, with a signer that is made once, and answers that no cache keeps."""

    def __init__(self, app: Flask) -> None:
        """Make the signer from the keys that the settings name."""
        self.signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, _app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer."""
        return self.signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save it; what was made for one session is no page for a cache (ASVS 5.0, 14.3.2)."""
        super().save_session(app, session, response)
        if session.accessed:
            response.headers["Cache-Control"] = "no-store"
