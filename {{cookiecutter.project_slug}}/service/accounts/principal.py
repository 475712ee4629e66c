"""The principal: the authenticated member of a request.

API clients send an access token in the `Authorization` header and nowhere else (RFC 6750,
section 2.1). The API reads no cookie, so it is not vulnerable to CSRF.
"""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import ParamSpec, TypeVar

import structlog
from flask import current_app, g, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized

from service.accounts.login_throttle import record_attempt, registration_attempt
from service.accounts.refresh_tokens import rotate_refresh_token
from service.accounts.sessions import Principal, SessionWithToken, create_session, find_principal
from service.accounts.tokens import InvalidTokenError, issue_access_token, read_access_token
from service.database.columns import now
from service.operations.redaction import logged_path
from service.web.api import APIBlueprint
from service.web.clients import client_network
from service.web.errors import wants_json, with_detail

log = structlog.get_logger()

BEARER = "bearer"
REALM = "api"
LOGIN_REQUIRED = _l("Log in to continue.")
FORBIDDEN = _l("You don't have permission to do this.")
EMAIL_UNCONFIRMED = _l("Confirm your email address first. A mail has a link for it.")
INVALID_CREDENTIALS = _l("Invalid email or password.")

P = ParamSpec("P")
R = TypeVar("R")


class BearerChallenge(WWWAuthenticate):
    """A challenge that quotes all values: RFC 9110, section 11.5 requires it for `realm`."""

    def to_header(self) -> str:
        """Return the value of the header `WWW-Authenticate`."""
        parameters = [f'{name}="{value}"' for name, value in self.parameters.items() if value]
        return f"{self.type.title()} {', '.join(parameters)}"


def login_required(view: Callable[P, R]) -> Callable[P, R]:
    """Require authentication for a view: raise 401 before the request body is validated.

    For a view of the API, the OpenAPI document says that it requires a bearer token.
    """

    @wraps(view)
    def wrapped_view(*args: P.args, **kwargs: P.kwargs) -> R:
        current_member()
        return view(*args, **kwargs)

    documented: Callable[P, R] = APIBlueprint.doc(security=[{BEARER: []}])(wrapped_view)
    return documented


def confirmation_required(view: Callable[P, R]) -> Callable[P, R]:
    """Require authentication like `login_required`, and a confirmed address: raise 403."""

    @wraps(view)
    def wrapped_view(*args: P.args, **kwargs: P.kwargs) -> R:
        if must_confirm_email(current_member()):
            raise with_detail(Forbidden(), EMAIL_UNCONFIRMED, code="email_unconfirmed")
        return view(*args, **kwargs)

    documented: Callable[P, R] = APIBlueprint.doc(responses={HTTPStatus.FORBIDDEN: {}})(
        login_required(wrapped_view)
    )
    return documented


def must_confirm_email(member: Principal) -> bool:
    """Return whether the member must confirm the address before writing.

    Not with `REGISTRATION=open`, which requires no confirmation of anybody.
    """
    return bool(member.unconfirmed_since) and current_app.config["REGISTRATION"] != "open"


def current_member() -> Principal:
    """Return the principal of this request; raise 401 if there is none."""
    if member := current_member_or_none():
        return member
    raise unauthorized()


def current_member_or_none() -> Principal | None:
    """Return the principal of this request, or `None` without authentication.

    Raises 401 for an invalid `Authorization` header of an API request. The first call of a request
    queries the database, later calls do not.
    """
    if "principal" not in g:
        set_principal(principal_from_header() if wants_json() else None)
    principal: Principal | None = g.principal
    return principal


def set_principal(principal: Principal | None) -> None:
    """Store the principal in `g`. Rate limits and log events use its id."""
    g.principal = principal
    if principal:
        g.member_id = principal.id
        structlog.contextvars.bind_contextvars(member_id=principal.id)


def principal_from_header() -> Principal | None:
    """Return the principal of the bearer token, or `None` without an `Authorization` header.

    Raises 401 for a scheme other than Bearer and for an invalid token.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != BEARER:
        raise unauthorized()
    if principal := principal_from_access_token(token.strip()):
        return principal
    raise unauthorized("invalid_token")


def principal_from_access_token(token: str) -> Principal | None:
    """Return the principal of a valid token with an active session; `None` for any other token."""
    try:
        member_id, session_id = read_access_token(token, current_app.config["JWT_KEYS"])
    except InvalidTokenError:
        return None
    return find_principal(member_id, session_id, now())


def unauthorized(error: str | None = None, message: LazyString = LOGIN_REQUIRED) -> HTTPException:
    """Return a 401 with the challenge of RFC 6750, section 3.

    `error` is an error code of the RFC, only for requests that sent a token. The JSON contains
    it as `code`.
    """
    parameters = {"realm": REALM, "error": error}
    http_error = Unauthorized(www_authenticate=BearerChallenge(BEARER, parameters))
    if error is None:
        return with_detail(http_error, message)
    return with_detail(http_error, message, code=error)


def authorize(is_allowed: bool) -> None:
    """If the action is not allowed, raise 403 and log the OWASP event `authz_fail`."""
    if not is_allowed:
        log.critical("authz_fail", path=logged_path())
        raise with_detail(Forbidden(), FORBIDDEN)


def record_registration() -> None:
    """Count a registration from the client's network; raise `TooManyAttemptsError` in a lockout."""
    record_attempt(registration_attempt(client_network()), now())


def create_session_for_request(member_id: int) -> SessionWithToken:
    """Create a session for the member, with the user agent and network of the client. Commits."""
    return create_session(member_id, request.user_agent.string, client_network(), now())


def client_fingerprint() -> str:
    """Return a hash of the network and the user agent of the client."""
    client = f"{client_network()}\n{request.user_agent.string}"
    return sha256(client.encode("utf-8", "surrogatepass")).hexdigest()


def refresh_session_for_request(token: str) -> SessionWithToken:
    """Use a refresh token that the client has sent. Commits.

    Raises `InvalidRefreshTokenError` for a token that is not valid.
    """
    keys = current_app.config["JWT_KEYS"]
    return rotate_refresh_token(token, client_fingerprint(), keys, now())


def session_access_token(session: SessionWithToken) -> str:
    """Return a new access token for the session, valid from now."""
    keys = current_app.config["JWT_KEYS"]
    return issue_access_token(session.member_id, session.session_id, keys, now())
