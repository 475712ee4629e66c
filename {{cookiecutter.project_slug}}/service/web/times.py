"""Times on pages: relative to now, and exact in the time zone of the reader.

`service/static/time_zone.js` stores the time zone of the browser in a cookie. Without the cookie,
as on the first page, times are in the time zone of the site.
"""

from datetime import datetime, timedelta, tzinfo

from babel.dates import format_date, get_timezone
from flask import Flask, Response, after_this_request, request
from flask_babel import format_timedelta, get_locale, gettext, to_user_timezone
from markupsafe import Markup

from service.database.columns import now

COOKIE = "time_zone"
ONE_MINUTE = timedelta(minutes=1)
UNITS = (timedelta(days=1), timedelta(hours=1), ONE_MINUTE)
ONE_WEEK = timedelta(weeks=1)


def init_app(app: Flask) -> None:
    """Add the template filter for times."""
    app.jinja_env.filters["time_ago"] = time_ago


def negotiate_time_zone() -> tzinfo | None:
    """Return the time zone in the reader's cookie, or `None` without a valid one.

    Flask-Babel calls this once per request, if the response contains a time.
    """
    if not request:
        return None
    after_this_request(vary_by_cookie)
    return find_time_zone(request.cookies.get(COOKIE, ""))


def find_time_zone(name: str) -> tzinfo | None:
    """Return the time zone with this name, such as "Asia/Seoul", or `None` if there is none."""
    try:
        return get_timezone(name)
    except LookupError:
        return None


def vary_by_cookie(response: Response) -> Response:
    """Tell caches that the response depends on the cookies of the request."""
    response.vary.add("Cookie")
    return response


def time_ago(time: datetime) -> Markup:
    """Return a `<time>` element: how long ago the time was, and on hover the exact time.

    The exact time has the format of ISO 8601 with spaces, the same in each language.
    """
    local_time = to_user_timezone(time)
    exact_time = local_time.strftime("%Y-%m-%d %H:%M:%S %Z")
    values = (time.isoformat(), exact_time, relative_time(local_time))
    return Markup('<time datetime="%s" title="%s">%s</time>') % values


def relative_time(local_time: datetime) -> str:
    """Return how long ago a time was, such as "3 hours ago"; its date if that is over a week."""
    age = now() - local_time
    # The clocks of two servers may differ.
    if abs(age) < ONE_MINUTE:
        return gettext("just now")
    if ONE_MINUTE <= age < ONE_WEEK:
        unit = next(unit for unit in UNITS if age >= unit)
        # Rounded down: Babel would write "60 minutes ago" before an hour has passed.
        return format_timedelta(-(age // unit * unit), add_direction=True, threshold=1)
    return format_date(local_time, locale=get_locale())
