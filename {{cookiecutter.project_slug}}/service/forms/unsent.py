"""What somebody typed and an error kept from arriving: shown again, so that it is not lost."""

from flask import request

NOT_TYPED = {"csrf_token", "send", "submission"}


def unsent_fields() -> dict[str, str]:
    """Return the texts of the form in this request; empty where it was not one of ours.

    Passwords are never shown again.
    """
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        return {}
    return {
        name: text
        for name, text in request.form.items()
        if name not in NOT_TYPED and "password" not in name
    }
