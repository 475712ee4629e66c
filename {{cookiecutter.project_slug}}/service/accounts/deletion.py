"""The deletion of an account: the personal data of the member goes, and the posts stay or go.

The row of the member stays, without personal data: requests that run at the same time would
otherwise fail, and posts that stay need an author.
"""

from datetime import datetime
from enum import StrEnum

import structlog
from blinker import Namespace
from flask import current_app
from flask_babel import force_locale, get_locale, gettext
from sqlalchemy import delete, update

from service.accounts.authentication import verify_own_password
from service.accounts.mailed_tokens import delete_invitations
from service.accounts.mails import Text, send_text_to
from service.accounts.models import DataExport, MailedToken, Member, Session
from service.accounts.sessions import Principal
from service.extensions import db
from service.jobs.outbox import enqueue
from service.web.languages import N_

log = structlog.get_logger()

# Sent with the member and `posts` before the commit that deletes the account.
member_deleted = Namespace().signal("member-deleted")
DELETED_TEXT = Text(
    N_("Your account on %(site)s has been deleted"),
    [
        N_("Your account on %(site)s and your personal data have been deleted."),
        N_("If it was not you, please contact the operator of the site."),
    ],
)


class Posts(StrEnum):
    """What happens to the posts of a member whose account is deleted."""

    KEEP = "keep"
    DELETE = "delete"


def delete_own_account(
    member: Principal, password: str, posts: Posts, network: str, at: datetime
) -> None:
    """Delete the account of a member who has entered the password. Commits.

    Raises `InvalidFieldError` for a wrong password, and `TooManyAttemptsError` during a lockout.
    """
    verify_own_password(member, "password", password, network, at)
    delete_account(member.id, posts, at)


def delete_account(member_id: int, posts: Posts, at: datetime) -> None:
    """Delete the personal data of a member and end all their sessions. Commits.

    A mail to the member's address confirms it. Does nothing if the account has been deleted.
    """
    member = db.session.get_one(Member, member_id, with_for_update=True)
    if member.deleted_at:
        db.session.rollback()
        return
    if current_app.config["MAIL_URL"]:
        enqueue(send_farewell, email=member.email, locale=member.locale or str(get_locale()))
    erase(member, at)
    member_deleted.send(member, posts=posts)
    db.session.commit()
    log.warning("user_deleted", member_id=member_id, posts=posts)


def erase(member: Member, at: datetime) -> None:
    """Replace the personal data of a member. The caller must commit."""
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        member.name = gettext("Deleted member")
    # Otherwise someone could register with the invitation again.
    delete_invitations(member.email)
    # With a line break, which no address and no name can have.
    placeholder = f"deleted\n{member.id}"
    member.email = member.canonical_name = member.name_skeleton = placeholder
    member.password_hash = member.locale = member.time_zone = None
    member.unconfirmed_since = None
    member.disabled_at = member.deleted_at = at
    for model in (MailedToken, DataExport):
        db.session.execute(delete(model).where(model.member_id == member.id))
    # Not deleted: that would lock the refresh tokens in another order than a refresh.
    sessions = update(Session).where(Session.member_id == member.id)
    db.session.execute(sessions.values(user_agent="", network="", revoked_at=at))


def send_farewell(email: str, locale: str) -> None:
    """Send the mail that confirms a deletion. A job."""
    send_text_to(DELETED_TEXT, email, locale)
