"""The page on which members delete their account."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from service.accounts.login_throttle import TooManyAttemptsError
from service.accounts.principal import current_member, login_required
from service.accounts.responses import add_no_store, handle_too_many_attempts
from service.accounts.rules import LOGIN_RATE_LIMIT
from service.forms.pages import render_form
from service.members.account_forms import POSTS_CHOICES, DeletionForm
from service.members.account_pages import show_field_errors
from service.members.login_responses import logged_out_response
from service.members.resubmissions import create_deletion_token, delete_account_once
from service.web.rate_limits import rate_limited

bp = Blueprint("member_deletion", __name__, url_prefix="/auth")
bp.after_request(add_no_store)
bp.register_error_handler(TooManyAttemptsError, handle_too_many_attempts)


@bp.route("/delete", methods=["GET", "POST"])
@login_required
@rate_limited(LOGIN_RATE_LIMIT)
def delete_account() -> ResponseReturnValue:
    """Delete the account of the member, who enters the password, and log this browser out."""
    form, member = DeletionForm(), current_member()
    if form.validate_on_submit():
        with show_field_errors(form):
            delete_account_once(member, form)
            return logged_out_response(gettext("Your account has been deleted."))
    return render_form(
        "delete_account.html",
        form,
        member=member,
        choices=POSTS_CHOICES,
        deletion_token=create_deletion_token(member.id),
    )
