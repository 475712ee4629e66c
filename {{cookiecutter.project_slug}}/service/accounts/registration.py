"""Who may register: everybody, people with an invitation, or nobody (the setting `REGISTRATION`).

With `confirmed`, everybody may register, but must confirm the address before writing.
The command `create-member` creates members in any case.
"""

from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import Forbidden, HTTPException

from service.accounts import authentication
from service.accounts.mailed_tokens import InvalidMailedTokenError, find_invited_address
from service.accounts.models import Member
from service.web.errors import with_detail

REGISTRATION_CLOSED = _l("This service does not accept new members.")
INVITATION_REQUIRED = _l("You need an invitation to register here.")


def require_open_registration() -> None:
    """Raise 403 unless everybody may register."""
    registration = current_app.config["REGISTRATION"]
    if registration == "invited":
        raise with_detail(Forbidden(), INVITATION_REQUIRED, code="invitation_required")
    if registration == "closed":
        raise registration_closed()


def registration_closed() -> HTTPException:
    """Return a 403 for everybody, with or without an invitation."""
    return with_detail(Forbidden(), REGISTRATION_CLOSED, code="registration_closed")


def find_invitation(token: str, at: datetime) -> str:
    """Return the address of an invitation, also if everybody may register without one.

    Raises `InvalidMailedTokenError` if the invitation is not valid, and 403 if nobody may register.
    """
    if current_app.config["REGISTRATION"] == "closed":
        raise registration_closed()
    return find_invited_address(token, at)


def register(
    email: str, name: str, password: str, at: datetime, token: str | None = None
) -> Member:
    """Create a member, with the token of an invitation if registration requires one. Commits.

    Raises 403 if registration is not open, `InvalidMailedTokenError` if the token is not valid for
    this address, and the exceptions of `authentication.register`. An address can be registered
    once, so an invitation can be used once. Its token proves the address.
    """
    unconfirmed_since = None
    if token is None:
        require_open_registration()
        if current_app.config["REGISTRATION"] == "confirmed":
            unconfirmed_since = at
    elif find_invitation(token, at) != email:
        raise InvalidMailedTokenError
    return authentication.register(email, name, password, unconfirmed_since)
