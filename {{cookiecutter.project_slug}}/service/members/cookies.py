"""A member's tokens in two cookies of the browser, renewed without a word.

The access token lives for minutes. When it is gone, the refresh token brings the next pair, on
whatever page is asked for, and the answer carries them. Of two tabs that do so at the same moment
one gets the pair, for both: they share the cookies. The other one is served all the same.

No script can read the cookies, and no form of another site brings them along (ASVS 5.0, 3.3).
"""

from typing import Any

from flask import Flask, Response, current_app, g, request

from service.accounts.access import by_access_token, new_access_token
from service.accounts.sessions import (
    IDLE_LIFE,
    InvalidRefreshTokenError,
    Renewal,
    RotatedRefreshTokenError,
    SignedIn,
    find_signed_in,
    renew_session,
)
from service.accounts.tokens import ACCESS_SECONDS
from service.core.columns import now
from service.core.errors import wants_data
from service.extensions import db

ACCESS, REFRESH = "access", "refresh"
IDLE_SECONDS = int(IDLE_LIFE.total_seconds())
# The one page whose address looks like the API's.
DOCS = "docs.show_docs"
# What comes too often to look any further.
NO_PAGES = ("static", "healthz", "readyz")


def init_app(app: Flask) -> None:
    """Know the member on every page, from its cookies."""
    app.before_request(recognise)
    app.after_request(carry_cookies)


def recognise() -> None:
    """Find out who asks for a page."""
    if not is_page():
        return
    # Until it is known: a page that tells of an outage must not ask again.
    g.signed_in = None
    g.tokens = {}
    access, refresh = request.cookies.get(name_of(ACCESS)), request.cookies.get(name_of(REFRESH))
    if access:
        g.signed_in = by_access_token(access)
    if refresh and not g.signed_in:
        g.signed_in = renewed(refresh)


def is_page() -> bool:
    """Return whether a person asks for a page: not the API, which reads no cookie, nor a file."""
    endpoint = request.endpoint or ""
    return endpoint == DOCS or not (endpoint.endswith(NO_PAGES) or wants_data())


def renewed(token: str) -> SignedIn | None:
    """Return whose refresh token this is, with new cookies; None where it opens nothing."""
    # A transaction that has only read so far may be refused the lock that writing needs.
    db.session.rollback()
    at = now()
    try:
        renewal = renew_session(token, at)
    except RotatedRefreshTokenError as error:
        return find_signed_in(error.member_id, error.session_id, at)
    except InvalidRefreshTokenError:
        forget()
        return None
    remember(renewal)
    return find_signed_in(renewal.member_id, renewal.session_id, at)


def remember(renewal: Renewal) -> None:
    """Let the answer to this request bring the tokens of a session."""
    g.tokens = {
        ACCESS: (new_access_token(renewal), ACCESS_SECONDS),
        REFRESH: (renewal.refresh_token, IDLE_SECONDS),
    }


def forget() -> None:
    """Let the answer to this request take the tokens away."""
    g.tokens = {ACCESS: ("", 0), REFRESH: ("", 0)}


def carry_cookies(response: Response) -> Response:
    """Set the cookies, and let nobody keep a page that was made for one member (ASVS 14.3.2)."""
    if "tokens" not in g:
        # Nobody was looked for: it is no page.
        return response
    for kind, (token, seconds) in g.tokens.items():
        response.set_cookie(name_of(kind), token, seconds, **attributes())
    response.vary.add("Cookie")
    if g.tokens or g.signed_in:
        response.headers["Cache-Control"] = "no-store"
    return response


def name_of(kind: str) -> str:
    """Return the name of a cookie; the prefix keeps it from being set by anybody else."""
    return f"__Host-{kind}" if is_production() else kind


def attributes() -> dict[str, Any]:
    """Return what keeps a cookie where it belongs."""
    return {"secure": is_production(), "httponly": True, "samesite": "Lax", "path": "/"}


def is_production() -> bool:
    """Return whether the site is reached over HTTPS alone."""
    return bool(current_app.config["APP_ENV"] == "production")


def member_name() -> str:
    """Return the name of the member who reads the page; nothing where nobody is known."""
    member: SignedIn | None = g.get("signed_in")
    return member.name if member else ""
