"""The URL to return to after logging in: the query parameter `next`, if it is a local URL."""

import re
from urllib.parse import unquote

from flask import request, url_for

MAX_URL_LENGTH = 2000
# Two slashes at the beginning would be followed by the name of another host. Browsers treat a
# backslash as a slash, and remove tabs and line breaks from a URL.
LOCAL_URL = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")
LOGIN_ENDPOINTS = ("members.login", "members.register")


def safe_next_url(url: str | None) -> str | None:
    """Return the URL if it is a path on this site, else `None`; query and fragment are allowed.

    See the OWASP Unvalidated Redirects and Forwards Cheat Sheet.
    """
    if not url or len(url) > MAX_URL_LENGTH or not LOCAL_URL.fullmatch(url):
        return None
    # The decoded path is checked too, because a proxy or a browser may decode it.
    path = unquote(re.split("[?#]", url, maxsplit=1)[0])
    return url if LOCAL_URL.fullmatch(path) else None


def next_param() -> str | None:
    """Return the value of `next` for a link to the login or registration page.

    The value is the URL of the current page; on the login and registration pages it is their own
    `next`. For a POST request it is the URL of the page with the form; without `Referer`, of the
    question that the request was about. It is `None` for the list of questions, which is the
    default, and for a URL with a token.
    """
    if request.endpoint in LOGIN_ENDPOINTS:
        return safe_next_url(request.args.get("next"))
    if "token" in (request.view_args or {}):
        return None
    if request.method not in {"GET", "HEAD"}:
        return referring_page() or question_page()
    if request.full_path == "/?":
        return None
    return request.script_root + request.full_path.removesuffix("?")


def referring_page() -> str | None:
    """Return the path and query of the page that sent this request; `None` for other sites."""
    return safe_next_url(request.headers.get("Referer", "").removeprefix(request.host_url[:-1]))


def question_page() -> str | None:
    """Return the URL of the question that this request is about; `None` for other requests."""
    question_id = (request.view_args or {}).get("question_id")
    return question_id and url_for("main.read_question", question_id=question_id)


def url_after_login() -> str:
    """Return `next` from the query string if it is a safe local URL, else the list of questions."""
    return safe_next_url(request.args.get("next")) or url_for("main.index")
