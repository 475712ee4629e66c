"""The cookie session, which holds the CSRF token."""

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from service.config.rules import is_production


class NoStoreSessionInterface(SecureCookieSessionInterface):
    """Flask's cookie session, with `no-store` on responses to requests that used it.

    ASVS 5.0, 14.3.2. An `after_request` function cannot do this: using `flask.session` there would
    mark the session as accessed.
    """

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie if the session was modified; set `no-store` if it was read or modified."""
        super().save_session(app, session, response)
        if session.accessed:
            response.headers["Cache-Control"] = "no-store"


def init_app(app: Flask) -> None:
    """Configure Flask's session cookie, in production with `Secure` and the prefix `__Host-`."""
    # Over plain HTTP, browsers reject `Secure` cookies and the prefix `__Host-`.
    is_secure = is_production(app.config)
    app.config.from_mapping(
        SESSION_COOKIE_NAME="__Host-session" if is_secure else "session",
        SESSION_COOKIE_SECURE=is_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        # `__Host-` requires this path.
        SESSION_COOKIE_PATH="/",
    )
    app.session_interface = NoStoreSessionInterface()
