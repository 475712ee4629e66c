"""The pages of links with a token: an invitation, a new address, and a forgotten password.

A GET request never uses up a token, because mail scanners open links.
"""

from flask import Blueprint, Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from service.accounts.authentication import InvalidFieldError, is_registered
from service.accounts.email_confirmation import (
    CHANGE_REQUESTED,
    confirm_address,
    find_address,
    request_email_change,
)
from service.accounts.login_throttle import TooManyAttemptsError
from service.accounts.mailed_tokens import InvalidMailedTokenError, Purpose, find_recipient
from service.accounts.password_reset import (
    INVALID_TOKEN,
    RESET_REQUESTED,
    request_password_reset,
    reset_password,
)
from service.accounts.principal import (
    current_member,
    current_member_or_none,
    login_required,
    record_registration,
)
from service.accounts.registration import find_invitation
from service.accounts.registration_confirmation import CONFIRMATION_REQUESTED, request_confirmation
from service.accounts.responses import add_no_store, handle_too_many_attempts
from service.accounts.rules import LOGIN_RATE_LIMIT, REGISTRATION_RATE_LIMIT
from service.database.columns import now
from service.forms.pages import render_form
from service.members.account_forms import (
    ChangeEmailForm,
    ConfirmEmailForm,
    ForgotPasswordForm,
    InvitationForm,
    ResetPasswordForm,
)
from service.members.account_pages import show_field_errors
from service.members.auth_cookies import clear_auth_cookies
from service.members.login_responses import logged_in_response
from service.members.resubmissions import register_or_log_in
from service.web.clients import client_network
from service.web.rate_limits import rate_limited
from service.web.redirects import see_other

bp = Blueprint("member_tokens", __name__, url_prefix="/auth")
bp.after_request(add_no_store)
bp.register_error_handler(TooManyAttemptsError, handle_too_many_attempts)


@bp.after_request
def hide_url(response: Response) -> Response:
    """Keep the token in the URL from being sent as the referrer, even to this site."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.route("/forgot", methods=["GET", "POST"])
@rate_limited(LOGIN_RATE_LIMIT)
def forgot_password() -> ResponseReturnValue:
    """Request a mail for a forgotten password, with the same response for every address."""
    form = ForgotPasswordForm()
    if form.validate_on_submit():
        request_password_reset(form.email.data, client_network(), now())
        flash(str(RESET_REQUESTED))
        return see_other(url_for("members.login"))
    return render_form("token_form.html", form)


@bp.route("/email", methods=["GET", "POST"])
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
def change_email() -> ResponseReturnValue:
    """Request a mail to a new address, with the same response for every address."""
    form, member = ChangeEmailForm(), current_member()
    if form.validate_on_submit():
        with show_field_errors(form):
            email, password = form.email.data, form.password.data
            request_email_change(member, email, password, client_network(), now())
            flash(str(CHANGE_REQUESTED))
            return see_other(url_for("members.edit_profile"))
    return render_form("token_form.html", form, address=member.email, username=member.email)


@bp.post("/confirmation")
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
def resend_confirmation() -> ResponseReturnValue:
    """Request another mail to confirm the address after the registration."""
    request_confirmation(current_member(), client_network(), now())
    flash(str(CONFIRMATION_REQUESTED))
    return see_other(url_for("main.index"))


@bp.route("/email/<token>", methods=["GET", "POST"])
@rate_limited(LOGIN_RATE_LIMIT)
def confirm_email(token: str) -> ResponseReturnValue:
    """Confirm an address with the token of a mail. This browser stays logged in."""
    form, member = ConfirmEmailForm(), current_member_or_none()
    try:
        _member_id, address = find_address(token, now())
        if not form.validate_on_submit():
            return render_form("token_form.html", form, address=address)
        confirm_address(token, member.session_id if member else None, now())
        flash(gettext("Your email address has been confirmed."))
    except InvalidMailedTokenError:
        flash(str(INVALID_TOKEN))
    except InvalidFieldError as error:
        flash(error.message)
    return see_other(url_for("members.edit_profile" if member else "members.login"))


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@rate_limited(REGISTRATION_RATE_LIMIT)
def accept_invitation(token: str) -> ResponseReturnValue:
    """Create an account with the address to which the invitation was sent, and log in."""
    form = InvitationForm()
    try:
        email = find_invitation(token, now())
        if not form.is_submitted() and is_registered(email):
            return redirect(url_for("members.login"))
        if form.validate_on_submit():
            record_registration()
            member_id = register_or_log_in(email, form.name.data, form.password.data, token)
            message = gettext("Your account has been created.")
            return logged_in_response(member_id, url_for("main.index"), message)
    except InvalidMailedTokenError:
        flash(str(INVALID_TOKEN))
        return see_other(url_for("members.login"))
    except InvalidFieldError as error:
        for name, message in error.messages.items():
            # The address has no field. Its error is that a member has it.
            field = form.name if name == "email" else form[name]
            field.errors = [*field.errors, message]
    return render_form("token_form.html", form, username=email)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@rate_limited(LOGIN_RATE_LIMIT)
def use_reset_token(token: str) -> ResponseReturnValue:
    """Set a new password with the token of a mail, and log this browser out."""
    form = ResetPasswordForm()
    try:
        member = find_recipient(Purpose.PASSWORD_RESET, token, now())
        if form.validate_on_submit():
            reset_password(token, form.password.data, now())
            clear_auth_cookies()
            flash(gettext("Your password has been changed."))
            return see_other(url_for("members.login"))
    except InvalidMailedTokenError:
        flash(str(INVALID_TOKEN))
        return see_other(url_for("member_tokens.forgot_password"))
    except InvalidFieldError as error:
        form.password.errors = [error.message]
    return render_form("token_form.html", form, username=member.email)
