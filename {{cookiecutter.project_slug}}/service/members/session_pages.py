"""The page on which a member sees where they are logged in, and ends what they do not know."""

from http import HTTPStatus

from flask import Blueprint, abort, render_template, url_for
from werkzeug import Response

from service.accounts.access import acting_member, needs_member
from service.accounts.sessions import live_sessions, revoke_session, revoke_sessions
from service.core.columns import now
from service.members.devices import device_name
from service.members.pages import go_on, say_goodbye

sessions_bp = Blueprint("sessions", __name__, url_prefix="/auth")


@sessions_bp.get("/sessions")
@needs_member
def list_sessions() -> str:
    """Show the sessions that have not ended, the one renewed last first."""
    member = acting_member()
    return render_template(
        "sessions.html",
        member=member,
        sessions=live_sessions(member, now()),
        device_name=device_name,
    )


@sessions_bp.post("/sessions/<session_id>/end")
@needs_member
def end_session(session_id: str) -> Response:
    """End one session; to end this one is to log out."""
    member = acting_member()
    if not revoke_session(member.id, session_id, now()):
        abort(HTTPStatus.NOT_FOUND)
    if session_id == member.session_id:
        return say_goodbye()
    return go_on(url_for("sessions.list_sessions"))


@sessions_bp.post("/logout-all")
@needs_member
def log_out_everywhere() -> Response:
    """Log out everywhere: end all sessions, this one included."""
    revoke_sessions(acting_member().id, now())
    return say_goodbye()
