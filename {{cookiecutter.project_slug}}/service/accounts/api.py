"""The accounts' JSON API."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from flask import Response, abort
from werkzeug.exceptions import Conflict, TooManyRequests, UnprocessableEntity

from service.accounts import members, sessions
from service.accounts.access import (
    TRY_LATER,
    WRONG_CREDENTIALS,
    acting_member,
    admit_registration,
    needs_member,
    new_access_token,
    open_client_session,
    refuse,
)
from service.accounts.members import RefusedError, TakenError, WrongCredentialsError
from service.accounts.models import Member
from service.accounts.rules import LOGGING_IN, REFRESHING, REGISTERING
from service.accounts.schemas import (
    LoginBody,
    MemberSchema,
    PasswordBody,
    RefreshBody,
    RegisterBody,
    SessionList,
    TokensSchema,
)
from service.accounts.sessions import (
    InvalidRefreshTokenError,
    Renewal,
    RotatedRefreshTokenError,
    SignedIn,
    renew_session,
)
from service.accounts.throttle import TooManyAttemptsError
from service.accounts.tokens import ACCESS_SECONDS
from service.core.api import APIBlueprint
from service.core.clients import client_network
from service.core.columns import now
from service.core.errors import saying
from service.core.languages import N_
from service.core.rates import limited

bp = APIBlueprint("auth_api", __name__, url_prefix="/api/v1/auth", description="Accounts")


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    """Let nobody keep an answer that holds a token or tells who somebody is (RFC 6749, 5.1)."""
    response.headers["Cache-Control"] = "no-store"
    return response


@contextmanager
def answering() -> Iterator[None]:
    """Answer what the rules refuse with the status and the field that a program expects."""
    try:
        yield
    except RefusedError as error:
        kind = Conflict() if isinstance(error, TakenError) else UnprocessableEntity()
        messages = {"json": {error.field: [error.sentence]}}
        raise saying(kind, error.sentence, messages=messages) from error
    except WrongCredentialsError:
        refuse(sentence=WRONG_CREDENTIALS)
    except TooManyAttemptsError as error:
        raise saying(TooManyRequests(retry_after=error.seconds), TRY_LATER) from error


def tokens(renewal: Renewal) -> dict[str, Any]:
    """Return the tokens of a session that was opened or renewed just now."""
    return {
        "access_token": new_access_token(renewal),
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "refresh_token": renewal.refresh_token,
    }


@bp.post("/register")
@limited(REGISTERING)
@bp.arguments(RegisterBody)
@bp.doc(summary=N_("Become a member."))
@bp.response(HTTPStatus.CREATED, MemberSchema)
def register(body: dict[str, str]) -> Member:
    """Become a member."""
    with answering():
        admit_registration()
        return members.register(body["email"], body["name"], body["password"])


@bp.post("/login")
@limited(LOGGING_IN)
@bp.arguments(LoginBody)
@bp.doc(summary=N_("Log in: begin a session."))
@bp.response(HTTPStatus.OK, TokensSchema)
def log_in(body: dict[str, str]) -> dict[str, Any]:
    """Log in: begin a session."""
    with answering():
        member_id = members.authenticate(body["email"], body["password"], client_network(), now())
    return tokens(open_client_session(member_id))


@bp.post("/refresh")
@limited(REFRESHING)
@bp.arguments(RefreshBody)
@bp.doc(summary=N_("Go on with a session: a refresh token is good once, and brings the next one."))
@bp.response(HTTPStatus.OK, TokensSchema)
def refresh(body: dict[str, str]) -> dict[str, Any]:
    """Go on with a session: a refresh token is good once, and brings the next one."""
    try:
        return tokens(renew_session(body["refresh_token"], now()))
    except RotatedRefreshTokenError:
        refuse("invalid_token", "token_rotated")
    except InvalidRefreshTokenError:
        refuse("invalid_token")


@bp.post("/logout")
@needs_member
@bp.doc(summary=N_("Log out: end this session."))
@bp.response(HTTPStatus.NO_CONTENT)
def log_out() -> None:
    """Log out: end this session."""
    member = acting_member()
    sessions.revoke_session(member.id, member.session_id, now())


@bp.post("/logout-all")
@needs_member
@bp.doc(summary=N_("Log out everywhere: end all sessions, this one included."))
@bp.response(HTTPStatus.NO_CONTENT)
def log_out_everywhere() -> None:
    """Log out everywhere: end all sessions, this one included."""
    sessions.revoke_sessions(acting_member().id, now())


@bp.post("/password")
@needs_member
@limited(LOGGING_IN)
@bp.arguments(PasswordBody)
@bp.doc(summary=N_("Change the password: all sessions end, and a new one begins here."))
@bp.response(HTTPStatus.OK, TokensSchema)
def change_password(body: dict[str, str]) -> dict[str, Any]:
    """Change the password: all sessions end, and a new one begins here."""
    member = acting_member()
    with answering():
        members.change_password(
            member, body["current_password"], body["new_password"], client_network(), now()
        )
    return tokens(open_client_session(member.id))


@bp.get("/me")
@needs_member
@bp.doc(summary=N_("Read who you are."))
@bp.response(HTTPStatus.OK, MemberSchema)
def me() -> SignedIn:
    """Read who you are."""
    return acting_member()


@bp.get("/sessions")
@needs_member
@bp.doc(summary=N_("List your sessions, the one used last first."))
@bp.response(HTTPStatus.OK, SessionList)
def list_sessions() -> dict[str, Any]:
    """List your sessions, the one used last first."""
    return {"items": sessions.live_sessions(acting_member(), now())}


@bp.delete("/sessions/<string:session_id>")
@needs_member
@bp.doc(summary=N_("End one of your sessions."))
@bp.response(HTTPStatus.NO_CONTENT)
def end_session(session_id: str) -> None:
    """End one of your sessions."""
    if not sessions.revoke_session(acting_member().id, session_id, now()):
        abort(HTTPStatus.NOT_FOUND)
