"""The session in the browser's cookie."""

from collections.abc import Iterator

from flask import Config, Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

from service.core.checks import Check, add_check
from service.production import is_production

# With these, a browser takes a cookie of the name `__Host-…` and no other host can set it.
IN_PRODUCTION = {
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": "/",
}


def init_app(app: Flask) -> None:
    """Keep sessions in a signed cookie that no script reads and no other site sends along."""
    app.config.from_mapping(IN_PRODUCTION, SESSION_COOKIE_NAME="__Host-session")
    if not is_production(app.config):
        # Over plain HTTP, as on your own machine, a browser may refuse that one.
        app.config.from_mapping(SESSION_COOKIE_NAME="session", SESSION_COOKIE_SECURE=False)
    app.session_interface = CookieSessions(app)
    add_check(app, Check("the cookie of a session is out of reach", reachable_cookie))


def reachable_cookie(config: Config) -> Iterator[str]:
    """Yield what lets scripts, other sites or a network read the cookie."""
    if is_production(config):
        for name, value in IN_PRODUCTION.items():
            if config[name] != value:
                yield f"{name} has to be {value!r} in production, and something changes it."


class CookieSessions(SecureCookieSessionInterface):
    """Flask's own sessions, in answers that no cache keeps, and without needless work.

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
        """Write the cookie as it must be; an empty session that nobody touched needs none.

        What was made for one session is no page for a cache (ASVS 5.0, 14.3.2).
        """
        if session or session.accessed:
            super().save_session(app, session, response)
        if session.accessed and session:
            response.headers["Cache-Control"] = "no-store"
