"""Responses that log a member in or out, or redirect a visitor to the login page."""

from flask import flash, get_flashed_messages, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug import Response
from werkzeug.exceptions import Unauthorized

from service.accounts.principal import (
    LOGIN_REQUIRED,
    create_session_for_request,
    current_member_or_none,
)
from service.accounts.sessions import revoke_session
from service.database.columns import now
from service.members.auth_cookies import clear_auth_cookies, set_auth_cookies
from service.members.next_url import next_param
from service.web.errors import handle_http_exception, wants_json
from service.web.redirects import see_other


def redirect_to_login(error: Unauthorized) -> ResponseReturnValue:
    """Redirect a GET request for a page to the login page, which returns to that page.

    API requests and POST requests get a 401. The error page of a POST shows the unsaved form.
    """
    if wants_json() or request.method not in {"GET", "HEAD"}:
        return handle_http_exception(error)
    is_question = request.endpoint == "forms.question"
    # Replace the message of an earlier redirect, for example of another tab.
    get_flashed_messages()
    flash(gettext("Log in to ask a question.") if is_question else str(LOGIN_REQUIRED))
    return redirect(url_for("members.login", next=next_param()))


def logged_in_response(member_id: int, url: str, message: str) -> Response:
    """Create a session for the member, set its cookies, and redirect to the URL with a message.

    Commits. The cookie session is cleared, with its CSRF token, to prevent session fixation
    (ASVS 5.0, 7.2.4). The member's previous session in this browser is revoked.
    """
    session.clear()
    flash(message)
    # No commit before this line: `authenticate` holds a lock until the next commit, so that the
    # password cannot change between the login and the creation of the session.
    set_auth_cookies(create_session_for_request(member_id))
    revoke_current_session()
    return see_other(url)


def logged_out_response(message: str) -> Response:
    """Delete the cookies and the site data of this browser; redirect to the questions."""
    session.clear()
    flash(message)
    clear_auth_cookies()
    response = see_other(url_for("main.index"))
    # Not "cache": no cache stores the pages of a member, and Chrome would take seconds to clear it.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def revoke_current_session() -> None:
    """Revoke the session of this request, if it has one. Commits."""
    if member := current_member_or_none():
        revoke_session(member.id, member.session_id, now())
