"""Where somebody goes on after logging in: back to where they were, and never to another site."""

import re
from urllib.parse import unquote

from flask import request

LONGEST = 2000
# A path from the root of this site. A second slash, or a backslash, which browsers take for one,
# would begin the name of another host; they drop tabs and line breaks before they look.
PATH = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")
UNWRITABLE = re.compile(r"[\x00-\x20\x7f\\]")
FORMS = ("members.log_in", "members.register")


def next_page(text: str | None) -> str | None:
    """Return the text where it is a path on this site, with its query and fragment; else None."""
    if not text or len(text) > LONGEST or UNWRITABLE.search(text):
        return None
    path = re.split("[?#]", text, maxsplit=1)[0]
    # As it stands, and as somebody may read it who decodes it first.
    return text if PATH.fullmatch(path) and PATH.fullmatch(unquote(path)) else None


def here() -> str | None:
    """Return the address to come back to from this page; None for the first page."""
    if request.endpoint in FORMS:
        return next_page(request.args.get("next"))
    if request.method not in {"GET", "HEAD"} or request.full_path == "/?":
        return None
    return request.script_root + request.full_path.removesuffix("?")
