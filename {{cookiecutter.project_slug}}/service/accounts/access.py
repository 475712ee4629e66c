"""Who acts in a request.

A program says so with an access token in the header `Authorization`, and nowhere else (RFC 6750,
section 2.1): the API reads no cookie, and so no other site can act through a member's browser.
"""

from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar
from uuid import uuid4

from flask import g, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from service.accounts.keys import key_ring
from service.accounts.sessions import Renewal, SignedIn, find_signed_in, open_session
from service.accounts.throttle import Registration, admit
from service.accounts.tokens import Claims, InvalidTokenError, issue_access_token, read_access_token
from service.core.api import APIBlueprint
from service.core.clients import Identity, client_network
from service.core.columns import now
from service.core.errors import saying, wants_data
from service.core.logs import log

BEARER = "bearer"
REALM = "api"
LOG_IN_FIRST = _l("Log in first.")
NOT_YOURS = _l("This is not yours to change.")
WRONG_CREDENTIALS = _l("The e-mail address or the password is wrong.")
TRY_LATER = _l("There were too many attempts. Try again later.")

P = ParamSpec("P")
R = TypeVar("R")


class Challenge(WWWAuthenticate):
    """The challenge of a 401, with its values in quotes: some clients read no others."""

    def to_header(self) -> str:
        """Return the header's value."""
        told = [f'{name}="{text}"' for name, text in self.parameters.items() if text]
        return f"{self.type.title()} {', '.join(told)}"


def needs_member(view: Callable[P, R]) -> Callable[P, R]:
    """Let only a member call the view, before anything of the request is looked at."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        acting_member()
        return view(*args, **kwargs)

    documented: Callable[P, R] = APIBlueprint.doc(security=[{BEARER: []}])(guarded)
    return documented


def acting_member() -> SignedIn:
    """Return who acts; raise 401 where nobody does."""
    return signed_in() or refuse()


def signed_in() -> SignedIn | None:
    """Return who acts, or None; raise 401 for an access token that is not good.

    The database is asked once in a request, and only in one that needs to know.
    """
    if "signed_in" not in g:
        g.signed_in = by_header() if wants_data() else None
    member: SignedIn | None = g.signed_in
    return member


def known_member() -> Identity:
    """Return who is known to act by now; nobody is looked up."""
    member: SignedIn | None = g.get("signed_in")
    return {"member_id": member.id} if member else {}


def by_header() -> SignedIn | None:
    """Return whom the access token in the header names; None where there is no header."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _space, token = header.partition(" ")
    if scheme.lower() != BEARER:
        refuse()
    return by_access_token(token.strip()) or refuse("invalid_token")


def by_access_token(token: str) -> SignedIn | None:
    """Return whom the token names, where it is good and its session lives; else None."""
    at = now()
    try:
        claims = read_access_token(token, key_ring(), at)
    except InvalidTokenError:
        return None
    return find_signed_in(claims.member_id, claims.session_id, at)


def refuse(
    error: str | None = None, code: str | None = None, sentence: LazyString = LOG_IN_FIRST
) -> NoReturn:
    """Raise 401 with the challenge of RFC 6750, section 3: `error` only where a token was sent.

    `code` says more to a program, and `sentence` to a person.
    """
    told = {"realm": REALM, "error": error, "error_description": code}
    refusal = Unauthorized(www_authenticate=Challenge(BEARER, told))
    raise saying(refusal, sentence, code=code or error)


def permit(is_allowed: bool) -> None:
    """Raise 403 where a member may not do what they ask for (OWASP: `authz_fail`)."""
    if not is_allowed:
        log.critical("authz_fail", path=request.path)
        raise saying(Forbidden(), NOT_YOURS)


def admit_registration() -> None:
    """Count a registration from this client's network; raise `TooManyAttemptsError` beyond many."""
    admit(Registration(client_network()), now())


def open_client_session(member_id: int) -> Renewal:
    """Begin a session for the client of this request."""
    return open_session(member_id, request.user_agent.string, client_network(), now())


def new_access_token(renewal: Renewal) -> str:
    """Return an access token for a session that was opened or renewed just now."""
    claims = Claims(renewal.member_id, renewal.session_id)
    return issue_access_token(claims, key_ring(), now(), uuid4().hex)
