"""A member's name, and the language and the time zone in which the member reads the pages.

Without a language or a time zone, the ones of the browser apply.
"""

from collections.abc import Mapping
from datetime import tzinfo
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import structlog
from blinker import Namespace
from flask import Flask, g
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError

from service.accounts.authentication import DuplicateFieldError, name_taken_message
from service.accounts.models import Member
from service.accounts.principal import unauthorized
from service.accounts.sessions import Principal
from service.extensions import db
from service.web.languages import negotiate_locale
from service.web.times import find_time_zone, negotiate_time_zone

log = structlog.get_logger()

# Names in other areas, such as "US/Pacific", are aliases.
AREAS = {
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
}
# Sent with the member before the commit that changes the name.
member_renamed = Namespace().signal("member-renamed")


def init_app(app: Flask) -> None:
    """Let the language and the time zone of a member take precedence over those of the browser."""
    babel = app.extensions["babel"]
    babel.locale_selector = select_locale
    babel.timezone_selector = select_time_zone


def select_locale() -> str | None:
    """Return the language for the current member; `None` for the site's default."""
    member: Principal | None = g.get("principal")
    return (member.locale if member else None) or negotiate_locale()


def select_time_zone() -> tzinfo | None:
    """Return the time zone for the current member; `None` for the site's default."""
    member: Principal | None = g.get("principal")
    name = member.time_zone if member else None
    return (find_time_zone(name) if name else None) or negotiate_time_zone()


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of the time zones that a member can choose, such as "Asia/Seoul"."""
    names = {name for name in available_timezones() if name.partition("/")[0] in AREAS}
    return (*sorted(names), "UTC")


def time_zone_error(name: str) -> str | None:
    """Return a message if there is no time zone with this name, else `None`."""
    return None if name in time_zones() else gettext("Enter a time zone, such as Asia/Seoul.")


def update_profile(member_id: int, changes: Mapping[str, Any]) -> Member:
    """Change the name, the language or the time zone of a member. Commits.

    Raises `DuplicateFieldError` for a name that equals or resembles that of another member. Unique
    constraints decide between concurrent changes. Raises 401 if the member has been disabled or
    deleted since the request began.
    """
    member = db.session.get_one(Member, member_id, with_for_update=True)
    if member.disabled_at:
        db.session.rollback()
        raise unauthorized("invalid_token")
    is_renamed = changes.get("name", member.name) != member.name
    for attribute, value in changes.items():
        setattr(member, attribute, value)
    if is_renamed:
        member_renamed.send(member)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise DuplicateFieldError({"name": name_taken_message()}) from error
    log.warning("user_updated", member_id=member_id, attributes=sorted(changes))
    return member
