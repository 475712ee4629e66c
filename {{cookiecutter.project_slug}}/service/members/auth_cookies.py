"""The cookies that hold a member's access token and refresh token.

When the access token has expired, the next request for a page rotates the refresh token, and the
response sets new cookies. If two tabs send such a request at the same time, both responses set the
same refresh token. If a response is lost, the next request gets the same refresh token as well.

Scripts cannot read the cookies, and browsers do not send them with forms of other sites
(ASVS 5.0, 3.3).
"""

from flask import Response, current_app, g, request
from flask import session as cookie_session

from service.accounts.principal import (
    principal_from_access_token,
    refresh_session_for_request,
    session_access_token,
    set_principal,
)
from service.accounts.refresh_tokens import InvalidRefreshTokenError
from service.accounts.sessions import IDLE_TIMEOUT, Principal, SessionWithToken, find_principal
from service.accounts.tokens import ACCESS_TOKEN_SECONDS
from service.config.rules import is_production
from service.database.columns import now
from service.extensions import db
from service.web.errors import wants_json

ACCESS_COOKIE, REFRESH_COOKIE = "access", "refresh"
# The documentation of the API: the only HTML page with a path below `/api/`.
DOCS_ENDPOINT = "docs.show_docs"


def load_member() -> None:
    """Set the principal of a request for a page from the cookies; refresh expired tokens."""
    if not is_page():
        return
    # Set first: if the query for the member fails, the error page must not repeat the query.
    set_principal(None)
    g.auth_cookies = {}
    access = request.cookies.get(cookie_name(ACCESS_COOKIE))
    refresh = request.cookies.get(cookie_name(REFRESH_COOKIE))
    principal = principal_from_access_token(access) if access else None
    if refresh and not principal:
        principal = refresh_tokens(refresh)
    set_principal(principal)
    if principal:
        bind_csrf_tokens(principal)


def is_page() -> bool:
    """Return whether the request is for an HTML page, not for the API or a static file."""
    endpoint = request.endpoint or ""
    return endpoint == DOCS_ENDPOINT or not (wants_json() or endpoint.endswith("static"))


def bind_csrf_tokens(principal: Principal) -> None:
    """Bind the CSRF tokens of this browser to the principal's session.

    Tokens from before the login, and tokens of other members, are then invalid.
    """
    # Flask-WTF signs this value to create a token.
    if cookie_session.get("csrf_token") != principal.session_id:
        cookie_session["csrf_token"] = principal.session_id


def refresh_tokens(token: str) -> Principal | None:
    """Rotate a refresh token and return its principal, or `None` if the token is invalid.

    Sets new cookies, or deletes them if the token is invalid.
    """
    # End the transaction that read the access token's session: rotation begins with a write.
    db.session.rollback()
    try:
        session = refresh_session_for_request(token)
    except InvalidRefreshTokenError:
        clear_auth_cookies()
        return None
    set_auth_cookies(session)
    return find_principal(session.member_id, session.session_id, now())


def set_auth_cookies(session: SessionWithToken) -> None:
    """Set both cookies in the response to this request; they hold the tokens of the session."""
    g.auth_cookies = {
        ACCESS_COOKIE: (session_access_token(session), ACCESS_TOKEN_SECONDS),
        REFRESH_COOKIE: (session.refresh_token, IDLE_TIMEOUT),
    }


def clear_auth_cookies() -> None:
    """Delete both cookies in the response to this request."""
    g.auth_cookies = {ACCESS_COOKIE: ("", 0), REFRESH_COOKIE: ("", 0)}


def write_auth_cookies(response: Response) -> Response:
    """Add the cookies to the response; forbid caching of a member's pages (ASVS 5.0, 14.3.2)."""
    if "auth_cookies" not in g:
        # `load_member` has not run, or the request was not for a page.
        return response
    for name, (token, max_age) in g.auth_cookies.items():
        response.set_cookie(
            cookie_name(name),
            token,
            max_age,
            # Browsers would not send a secure cookie over HTTP, which development uses.
            secure=is_production(current_app.config),
            httponly=True,
            samesite="Lax",
        )
    response.vary.add("Cookie")
    if g.auth_cookies or g.principal:
        response.headers["Cache-Control"] = "no-store"
    return response


def cookie_name(name: str) -> str:
    """Return the name of a cookie, in production with the prefix `__Host-`.

    Other subdomains cannot set a cookie with this prefix.
    """
    return f"__Host-{name}" if is_production(current_app.config) else name
