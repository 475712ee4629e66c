"""The pages on which one registers, logs in and out, and changes the password."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug import Response
from werkzeug.exceptions import TooManyRequests, Unauthorized

from service.accounts import members
from service.accounts.access import (
    TRY_LATER,
    WRONG_CREDENTIALS,
    acting_member,
    admit_registration,
    needs_member,
    open_client_session,
    signed_in,
)
from service.accounts.members import RefusedError, WrongCredentialsError
from service.accounts.rules import LOGGING_IN, REGISTERING
from service.accounts.sessions import revoke_session
from service.accounts.throttle import TooManyAttemptsError
from service.core.clients import client_network
from service.core.columns import now
from service.core.errors import answer, saying, wants_data
from service.core.rates import limited
from service.members.cookies import forget, remember
from service.members.forms import LogInForm, PasswordForm, RegisterForm
from service.members.next_page import here, next_page

bp = Blueprint("members", __name__, url_prefix="/auth", template_folder="templates")


@bp.after_request
def keep_nowhere(response: Response) -> Response:
    """Let nobody keep a page on which passwords are typed."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/register", methods=["GET", "POST"])
@limited(REGISTERING)
def register() -> ResponseReturnValue:
    """Become a member, and be logged in."""
    form = RegisterForm()
    if signed_in() and not form.is_submitted():
        return redirect(wanted_page())
    if form.validate_on_submit():
        with beside_fields(form):
            admit_registration()
            member = members.register(form.email.data, form.name.data, form.password.data)
            return begin_session(member.id, wanted_page())
    return form_page("register.html", form)


@bp.route("/login", methods=["GET", "POST"])
@limited(LOGGING_IN)
def log_in() -> ResponseReturnValue:
    """Log in."""
    form = LogInForm()
    if signed_in() and not form.is_submitted():
        return redirect(wanted_page())
    if form.validate_on_submit():
        with beside_fields(form):
            email, password = form.email.data, form.password.data
            member_id = members.authenticate(email, password, client_network(), now())
            return begin_session(member_id, wanted_page())
    return form_page("log_in.html", form)


@bp.route("/password", methods=["GET", "POST"])
@needs_member
@limited(LOGGING_IN)
def change_password() -> ResponseReturnValue:
    """Change the password: all sessions end, and a new one begins here."""
    form, member = PasswordForm(), acting_member()
    if form.validate_on_submit():
        with beside_fields(form):
            current, new = form.current_password.data, form.new_password.data
            members.change_password(member, current, new, client_network(), now())
            return begin_session(member.id, url_for("sessions.list_sessions"))
    return form_page("change_password.html", form, member=member)


@bp.post("/logout")
def log_out() -> Response:
    """Log out: end this session."""
    end_session()
    return say_goodbye()


@contextmanager
def beside_fields(form: FlaskForm) -> Iterator[None]:
    """Say beside its field what the rules refuse, and go on to show the form again."""
    try:
        yield
    except RefusedError as error:
        form[error.field].errors = [error.sentence]
    except WrongCredentialsError:
        given = "password" if "password" in form else "current_password"
        form[given].errors = [WRONG_CREDENTIALS]
    except TooManyAttemptsError as error:
        raise saying(TooManyRequests(retry_after=error.seconds), TRY_LATER) from error


def form_page(template: str, form: FlaskForm, **more: object) -> ResponseReturnValue:
    """Return a page with a form: an empty one, or one that was not right yet."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render_template(template, form=form, **more), status


def wanted_page() -> str:
    """Return where somebody was before they logged in."""
    return next_page(request.args.get("next")) or url_for("main.index")


def begin_session(member_id: int, address: str) -> Response:
    """Log a member in, and go on to an address.

    Nothing of the session before goes on, so that nobody can prepare one for a member: not its
    CSRF token either (ASVS 5.0, 7.2.4).
    """
    session.clear()
    # First of all: until then, nobody can change the password that was just looked at.
    remember(open_client_session(member_id))
    end_session()
    return go_on(address)


def end_session() -> None:
    """End the session that this browser came with, where there is one."""
    if member := signed_in():
        revoke_session(member.id, member.session_id, now())


def say_goodbye() -> Response:
    """Take away all that this browser keeps for a member, and go to the first page."""
    session.clear()
    forget()
    response = go_on(url_for("main.index"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def go_on(address: str) -> Response:
    """Go on to an address after something was done."""
    return redirect(address, HTTPStatus.SEE_OTHER)


def ask_to_log_in(error: Unauthorized) -> ResponseReturnValue:
    """Lead whoever wants to read a member's page to the log-in, and from there back.

    Whoever sends something gets it back on the page of the error, so that it is not lost.
    """
    if wants_data() or request.method not in {"GET", "HEAD"}:
        return answer(error)
    return redirect(url_for("members.log_in", next=here()))
