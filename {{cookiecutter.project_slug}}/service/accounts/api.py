"""The JSON API of accounts: registration, login, tokens, password and sessions."""

from http import HTTPStatus
from typing import Any

from flask import Response, abort
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, NotFound, UnprocessableEntity

from service.accounts import authentication, password_reset, registration, schemas, sessions
from service.accounts.authentication import InvalidFieldError
from service.accounts.data_export import (
    EXPORT_NOT_READY,
    EXPORT_REQUESTED,
    exported_json,
    request_export,
)
from service.accounts.deletion import Posts, delete_own_account
from service.accounts.email_confirmation import (
    CHANGE_REQUESTED,
    confirm_address,
    request_email_change,
)
from service.accounts.login_throttle import TooManyAttemptsError
from service.accounts.mailed_tokens import InvalidMailedTokenError
from service.accounts.member_profile import update_profile
from service.accounts.models import Member
from service.accounts.password_reset import INVALID_TOKEN, RESET_REQUESTED, request_password_reset
from service.accounts.principal import (
    INVALID_CREDENTIALS,
    create_session_for_request,
    current_member,
    current_member_or_none,
    login_required,
    record_registration,
    refresh_session_for_request,
    session_access_token,
    unauthorized,
)
from service.accounts.refresh_tokens import InvalidRefreshTokenError
from service.accounts.registration_confirmation import CONFIRMATION_REQUESTED, request_confirmation
from service.accounts.responses import add_no_store, handle_too_many_attempts
from service.accounts.rules import (
    EXPORT_RATE_LIMIT,
    LOGIN_RATE_LIMIT,
    PROFILE_RATE_LIMIT,
    REFRESH_RATE_LIMIT,
    REGISTRATION_RATE_LIMIT,
)
from service.accounts.sessions import Principal, SessionWithToken
from service.accounts.tokens import ACCESS_TOKEN_SECONDS
from service.database.columns import now
from service.web.api import APIBlueprint
from service.web.clients import client_network
from service.web.errors import handle_http_exception, with_detail
from service.web.languages import N_
from service.web.rate_limits import rate_limited

bp = APIBlueprint("auth_api", __name__, url_prefix="/api/v1/auth", description=N_("Accounts"))

bp.after_request(add_no_store)
bp.register_error_handler(TooManyAttemptsError, handle_too_many_attempts)


@bp.errorhandler(InvalidFieldError)
def handle_invalid_field(error: InvalidFieldError) -> ResponseReturnValue:
    """Return 409 for an email address and a name that are taken, 422 for other invalid fields."""
    is_duplicate = isinstance(error, authentication.DuplicateFieldError)
    http_error = Conflict() if is_duplicate else UnprocessableEntity()
    messages = {"json": {field: [message] for field, message in error.messages.items()}}
    return handle_http_exception(with_detail(http_error, error.message, messages=messages))


@bp.errorhandler(authentication.InvalidCredentialsError)
def handle_invalid_credentials(_error: Exception) -> ResponseReturnValue:
    """Return 401 with one message for every cause of a failed login."""
    return handle_http_exception(unauthorized(message=INVALID_CREDENTIALS))


@bp.errorhandler(InvalidRefreshTokenError)
def handle_invalid_refresh_token(_error: InvalidRefreshTokenError) -> ResponseReturnValue:
    """Return 401 with one message for every cause."""
    return handle_http_exception(unauthorized("invalid_token"))


@bp.errorhandler(InvalidMailedTokenError)
def handle_invalid_mailed_token(_error: Exception) -> ResponseReturnValue:
    """Return 422 with one message for every cause."""
    return handle_invalid_field(InvalidFieldError("token", str(INVALID_TOKEN)))


def token_response(session: SessionWithToken) -> dict[str, Any]:
    """Return the JSON object with a new access token and the refresh token of the session."""
    return {
        "access_token": session_access_token(session),
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_SECONDS,
        "refresh_token": session.refresh_token,
    }


@bp.post("/register")
@rate_limited(REGISTRATION_RATE_LIMIT)
@bp.arguments(schemas.RegisterBody)
@bp.doc(
    summary=N_("Create an account."),
    description=N_("Some services require an invitation, which contains the token."),
)
@bp.alt_response(HTTPStatus.FORBIDDEN)
@bp.alt_response(HTTPStatus.CONFLICT)
@bp.response(HTTPStatus.CREATED, schemas.MemberSchema)
def register(body: dict[str, str]) -> Member:
    record_registration()
    return registration.register(at=now(), **body)


@bp.post("/login")
@rate_limited(LOGIN_RATE_LIMIT)
@bp.arguments(schemas.LoginBody)
@bp.doc(summary=N_("Log in and open a session."))
@bp.alt_response(HTTPStatus.UNAUTHORIZED)
@bp.response(HTTPStatus.OK, schemas.TokensSchema)
def login(body: dict[str, str]) -> dict[str, Any]:
    member_id = authentication.authenticate(
        body["email"], body["password"], client_network(), now()
    )
    return token_response(create_session_for_request(member_id))


@bp.post("/refresh")
@rate_limited(REFRESH_RATE_LIMIT)
@bp.arguments(schemas.RefreshBody)
@bp.doc(
    summary=N_("Exchange a refresh token for new tokens. It can be used once."),
    description=N_(
        "If the response is lost, send the same token again: within an hour, and until the new "
        "refresh token is used, the response contains the same new refresh token. Any other "
        "second use revokes the session."
    ),
)
@bp.alt_response(HTTPStatus.UNAUTHORIZED)
@bp.response(HTTPStatus.OK, schemas.TokensSchema)
def refresh(body: dict[str, str]) -> dict[str, Any]:
    return token_response(refresh_session_for_request(body["refresh_token"]))


@bp.post("/logout")
@login_required
@bp.doc(summary=N_("Log out: revoke the current session."))
@bp.response(HTTPStatus.NO_CONTENT)
def logout() -> None:
    member = current_member()
    sessions.revoke_session(member.id, member.session_id, now())


@bp.post("/logout-all")
@login_required
@bp.doc(summary=N_("Log out everywhere: revoke all sessions, including the current one."))
@bp.response(HTTPStatus.NO_CONTENT)
def logout_all() -> None:
    sessions.revoke_sessions(current_member().id, now())


@bp.post("/password")
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
@bp.arguments(schemas.PasswordBody)
@bp.doc(summary=N_("Change the password: revoke all sessions and open a new one."))
@bp.response(HTTPStatus.OK, schemas.TokensSchema)
def change_password(body: dict[str, str]) -> dict[str, Any]:
    member = current_member()
    authentication.change_password(
        member, body["current_password"], body["new_password"], client_network(), now()
    )
    return token_response(create_session_for_request(member.id))


@bp.post("/password/forgot")
@rate_limited(LOGIN_RATE_LIMIT)
@bp.arguments(schemas.ForgotPasswordBody)
@bp.doc(
    summary=N_("Request a mail to reset a forgotten password."),
    description=N_("The response is the same whether or not the address is registered."),
)
@bp.alt_response(HTTPStatus.SERVICE_UNAVAILABLE)
@bp.response(HTTPStatus.ACCEPTED, schemas.MessageSchema)
def forgot_password(body: dict[str, str]) -> dict[str, Any]:
    request_password_reset(body["email"], client_network(), now())
    return {"message": RESET_REQUESTED}


@bp.post("/password/reset")
@rate_limited(LOGIN_RATE_LIMIT)
@bp.arguments(schemas.ResetPasswordBody)
@bp.doc(summary=N_("Set a new password with the token of a mail: revoke all sessions."))
@bp.response(HTTPStatus.NO_CONTENT)
def reset_password(body: dict[str, str]) -> None:
    password_reset.reset_password(body["token"], body["password"], now())


@bp.get("/me")
@login_required
@bp.doc(summary=N_("Get the current member."))
@bp.response(HTTPStatus.OK, schemas.MemberSchema)
def me() -> Principal:
    return current_member()


@bp.patch("/me")
@login_required
@rate_limited(PROFILE_RATE_LIMIT, methods=("PATCH",))
@bp.arguments(schemas.ProfileBody)
@bp.doc(
    summary=N_("Change your name, language or time zone."),
    description=N_("Without a language or a time zone (null), those of the browser apply."),
)
@bp.alt_response(HTTPStatus.CONFLICT)
@bp.response(HTTPStatus.OK, schemas.MemberSchema)
def change_me(body: dict[str, str | None]) -> Member:
    return update_profile(current_member().id, body)


@bp.post("/me/email")
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
@bp.arguments(schemas.EmailBody)
@bp.doc(
    summary=N_("Change the email address: request a mail to the new one."),
    description=N_("The response is the same whether or not the address is registered."),
)
@bp.alt_response(HTTPStatus.SERVICE_UNAVAILABLE)
@bp.response(HTTPStatus.ACCEPTED, schemas.MessageSchema)
def change_email(body: dict[str, str]) -> dict[str, Any]:
    request_email_change(current_member(), body["email"], body["password"], client_network(), now())
    return {"message": CHANGE_REQUESTED}


@bp.post("/me/email/resend")
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
@bp.doc(summary=N_("Request another mail to confirm your email address."))
@bp.alt_response(HTTPStatus.SERVICE_UNAVAILABLE)
@bp.response(HTTPStatus.ACCEPTED, schemas.MessageSchema)
def resend_confirmation() -> dict[str, Any]:
    request_confirmation(current_member(), client_network(), now())
    return {"message": CONFIRMATION_REQUESTED}


@bp.post("/me/email/confirm")
@rate_limited(LOGIN_RATE_LIMIT)
@bp.arguments(schemas.ConfirmEmailBody)
@bp.doc(
    summary=N_("Confirm an email address with the token of a mail."),
    description=N_("A new address revokes all sessions, except the one of this request."),
)
@bp.alt_response(HTTPStatus.UNAUTHORIZED)
@bp.alt_response(HTTPStatus.CONFLICT)
@bp.response(HTTPStatus.NO_CONTENT)
def confirm_email(body: dict[str, str]) -> None:
    member = current_member_or_none()
    confirm_address(body["token"], member.session_id if member else None, now())


@bp.post("/me/delete")
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
@bp.arguments(schemas.DeletionBody)
@bp.doc(summary=N_("Delete your account: your personal data goes, your posts stay or go."))
@bp.response(HTTPStatus.NO_CONTENT)
def delete_me(body: dict[str, Any]) -> None:
    delete_own_account(
        current_member(), body["password"], Posts(body["posts"]), client_network(), now()
    )


@bp.post("/me/export")
@login_required
@rate_limited(EXPORT_RATE_LIMIT)
@bp.doc(summary=N_("Request a file with your data: profile, sessions, posts and votes."))
@bp.response(HTTPStatus.ACCEPTED, schemas.MessageSchema)
def request_data_export() -> dict[str, Any]:
    request_export(current_member().id, now())
    return {"message": EXPORT_REQUESTED}


@bp.get("/me/export")
@login_required
@rate_limited(EXPORT_RATE_LIMIT)
@bp.doc(
    summary=N_("Download the file with your data."),
    description=N_("The status is 404 until the file is ready, and seven days after the request."),
)
@bp.alt_response(HTTPStatus.NOT_FOUND)
@bp.response(HTTPStatus.OK, {"type": "object"})
def download_data_export() -> Response:
    content = exported_json(current_member().id, now())
    if content is None:
        raise with_detail(NotFound(), EXPORT_NOT_READY)
    return Response(content, mimetype="application/json")


@bp.get("/sessions")
@login_required
@bp.doc(summary=N_("List your active sessions, the most recently refreshed first."))
@bp.response(HTTPStatus.OK, schemas.SessionListSchema)
def list_sessions() -> dict[str, Any]:
    return {"items": sessions.active_sessions(current_member(), now())}


@bp.delete("/sessions/<string:session_id>")
@login_required
@bp.doc(summary=N_("Revoke one of your sessions."))
@bp.response(HTTPStatus.NO_CONTENT)
def end_session(session_id: str) -> None:
    if not sessions.revoke_session(current_member().id, session_id, now()):
        abort(HTTPStatus.NOT_FOUND)
