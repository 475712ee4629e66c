"""The submitted text of a failed request, which the error page shows again."""

from itertools import islice

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException

from service.forms.csrf import is_cross_origin

# The error page has hidden fields for these. `None` is a multipart field without a name.
NOT_SHOWN = {"csrf_token", "idempotency_key", "preview", "version", None}
MAX_FIELDS = 10


def keep_unsaved_text(app: Flask, *endpoints: str) -> None:
    """Let the error pages of these endpoints show the submitted text, with a button to resend it.

    The form on the error page has a valid CSRF token, so only name endpoints whose form has a text
    that the user can check: not a form that deletes something with one click.
    """
    app.extensions.setdefault("unsaved_text", set()).update(endpoints)


def unsaved_fields() -> dict[str, str]:
    """Return up to `MAX_FIELDS` fields of the submitted form by name, without passwords.

    Returns `{}` for other endpoints than those of `keep_unsaved_text`, if a page of another origin
    sent the request, and if the body cannot be read.
    """
    endpoints = current_app.extensions["unsaved_text"]
    if request.method != "POST" or request.endpoint not in endpoints or is_cross_origin():
        return {}
    try:
        fields = islice(request.form.items(), MAX_FIELDS)
    except HTTPException:
        return {}
    return {name: text for name, text in fields if name not in NOT_SHOWN and "password" not in name}
