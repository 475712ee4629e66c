"""Forms that were opened before the member logged in or out, for example in another tab.

Their CSRF token is invalid, so they change nothing. Submitting them again would not help.

Forms with a text are shown again, with a new token. A login in another tab ends this token too, as
it ends all of the visitor's (ASVS 5.0, 7.2.4): the first "Submit again" after it shows the text
once more, and the second one saves it. To accept the first would be to accept a token from before
the login.
"""

from flask import current_app, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from service.accounts.principal import current_member_or_none, unauthorized
from service.forms.csrf import FORM_TYPES, SAFE_METHODS, is_cross_origin
from service.members.login_responses import logged_out_response
from service.members.next_url import LOGIN_ENDPOINTS, url_after_login
from service.members.resubmissions import has_deleted_account
from service.web.errors import wants_json
from service.web.redirects import see_other

# Without a login, these have nothing to end.
LOGOUT_ENDPOINTS = ("members.logout", "members.logout_all", "members.end_session")
DELETION_ENDPOINT = "member_deletion.delete_account"
# All other forms of these need a login.
MEMBER_BLUEPRINTS = ("forms", "member_deletion", "member_export", "member_posts")
MEMBER_ENDPOINTS = (
    "member_tokens.change_email",
    "member_tokens.resend_confirmation",
    "members.change_password",
    "members.edit_profile",
)


def handle_stale_form() -> ResponseReturnValue | None:
    """Treat a form without a valid token like a repeated submission.

    Logging in or out again has the same result. For forms that need a login, raises 401 if the
    member has been logged out. Returns `None` for all other requests.
    """
    if not is_form_of_this_site():
        return None
    member = current_member_or_none()
    if not member and request.endpoint == DELETION_ENDPOINT and has_deleted_account():
        return logged_out_response(gettext("Your account has been deleted."))
    if has_valid_token():
        return None
    if member and request.endpoint in LOGIN_ENDPOINTS:
        flash(gettext("You are logged in."))
        return see_other(url_after_login())
    if not member and request.endpoint in LOGOUT_ENDPOINTS:
        return logged_out_response(gettext("You have been logged out."))
    if not member and (
        request.blueprint in MEMBER_BLUEPRINTS or request.endpoint in MEMBER_ENDPOINTS
    ):
        raise unauthorized()
    return None


def is_form_of_this_site() -> bool:
    """Return whether the request is a form of a page, and not sent by another site."""
    is_form = request.method not in SAFE_METHODS and request.mimetype in FORM_TYPES
    return is_form and not wants_json() and not is_cross_origin()


def has_valid_token() -> bool:
    """Return whether the form has a valid CSRF token, or needs none."""
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return True
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return False
    return True
