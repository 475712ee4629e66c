"""The pages of an account: registration, login, password and sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, get_locale, gettext
from flask_wtf import FlaskForm
from werkzeug import Response

from service.accounts import authentication
from service.accounts.authentication import InvalidCredentialsError, InvalidFieldError
from service.accounts.login_throttle import TooManyAttemptsError
from service.accounts.member_profile import update_profile
from service.accounts.principal import (
    INVALID_CREDENTIALS,
    current_member,
    current_member_or_none,
    login_required,
    record_registration,
)
from service.accounts.registration import require_open_registration
from service.accounts.responses import add_no_store, handle_too_many_attempts
from service.accounts.rules import LOGIN_RATE_LIMIT, PROFILE_RATE_LIMIT, REGISTRATION_RATE_LIMIT
from service.accounts.sessions import active_sessions, revoke_session, revoke_sessions
from service.database.columns import now
from service.forms.pages import render_form
from service.members.account_forms import LoginForm, PasswordForm, ProfileForm, RegisterForm
from service.members.devices import device_name
from service.members.login_responses import (
    logged_in_response,
    logged_out_response,
    revoke_current_session,
)
from service.members.next_url import url_after_login
from service.members.resubmissions import change_password_once, has_session, register_or_log_in
from service.web.clients import client_network
from service.web.rate_limits import rate_limited
from service.web.redirects import see_other

bp = Blueprint("members", __name__, url_prefix="/auth", template_folder="templates")
bp.after_request(add_no_store)
bp.register_error_handler(TooManyAttemptsError, handle_too_many_attempts)


@bp.route("/register", methods=["GET", "POST"])
@rate_limited(REGISTRATION_RATE_LIMIT)
def register() -> ResponseReturnValue:
    """Create an account and log in."""
    form = RegisterForm()
    if current_member_or_none() and not form.is_submitted():
        return redirect(url_after_login())
    require_open_registration()
    if form.validate_on_submit():
        with show_field_errors(form):
            record_registration()
            member_id = register_or_log_in(form.email.data, form.name.data, form.password.data)
            message = gettext("Your account has been created.")
            return logged_in_response(member_id, url_after_login(), message)
    return render_form("register.html", form)


@bp.route("/login", methods=["GET", "POST"])
@rate_limited(LOGIN_RATE_LIMIT)
def login() -> ResponseReturnValue:
    """Log in with an email address and a password."""
    form = LoginForm()
    if current_member_or_none() and not form.is_submitted():
        return redirect(url_after_login())
    if form.validate_on_submit():
        with show_field_errors(form):
            email, password = form.email.data, form.password.data
            member_id = authentication.authenticate(email, password, client_network(), now())
            message = gettext("You are logged in.")
            return logged_in_response(member_id, url_after_login(), message)
    return render_form("login.html", form)


@bp.post("/logout")
def logout() -> Response:
    """Revoke the session of this browser, if there is one, and redirect to the questions."""
    revoke_current_session()
    return logged_out_response(gettext("You have been logged out."))


@bp.route("/password", methods=["GET", "POST"])
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
def change_password() -> ResponseReturnValue:
    """Change the password, revoke all sessions and create a new session in this browser."""
    form, member = PasswordForm(), current_member()
    if form.validate_on_submit():
        with show_field_errors(form):
            change_password_once(member, form)
            message = gettext("Your password has been changed.")
            return logged_in_response(member.id, url_for("members.list_sessions"), message)
    return render_form("change_password.html", form, member=member)


@bp.route("/profile", methods=["GET", "POST"])
@login_required
@rate_limited(PROFILE_RATE_LIMIT)
def edit_profile() -> ResponseReturnValue:
    """Change the name, the language and the time zone of the member."""
    member = current_member()
    form = ProfileForm(obj=member)
    if form.validate_on_submit():
        with show_field_errors(form):
            update_profile(member.id, form.values())
            # The next page is in the new language, so its message must be, too.
            with force_locale(form.locale.data or str(get_locale())):
                flash(gettext("Your profile has been saved."))
            return see_other(url_for("members.edit_profile"))
    return render_form("edit_profile.html", form)


@bp.get("/sessions")
@login_required
def list_sessions() -> str:
    """Show the member's active sessions, the most recently refreshed first."""
    member = current_member()
    sessions = active_sessions(member, now())
    return render_template(
        "sessions.html", member=member, sessions=sessions, device_name=device_name
    )


@bp.post("/sessions/<session_id>/end")
@login_required
def end_session(session_id: str) -> Response:
    """Revoke one of the member's sessions; if it is the current one, log this browser out."""
    member = current_member()
    # A form that is submitted twice has the same result.
    is_revoked = revoke_session(member.id, session_id, now())
    if not (is_revoked or has_session(member.id, session_id)):
        abort(HTTPStatus.NOT_FOUND)
    if session_id == member.session_id:
        return logged_out_response(gettext("You have been logged out."))
    flash(gettext("The session has been ended."))
    return see_other(url_for("members.list_sessions"))


@bp.post("/logout-all")
@login_required
def logout_all() -> Response:
    """Revoke all sessions of the member, including the current one."""
    revoke_sessions(current_member().id, now())
    return logged_out_response(gettext("You have been logged out everywhere."))


@contextmanager
def show_field_errors(form: FlaskForm) -> Iterator[None]:
    """Catch `InvalidFieldError` and `InvalidCredentialsError`, and add them to the form."""
    try:
        yield
    except InvalidFieldError as error:
        for field, message in error.messages.items():
            form[field].errors = [message]
    except InvalidCredentialsError:
        field = "password" if "password" in form else "current_password"
        form[field].errors = [INVALID_CREDENTIALS]
